import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { TrackedFlow } from './test-tracked-flow.ts';

const OPENED = ['c S 1000 0', 's SA 5000 1001', 'c A 1001 5001'];
const CLOSING = [...OPENED, 'c FA 1001 5001'];

/** How a connection gets into each state. */
const WAY_TO: ReadonlyMap<string, readonly string[]> = new Map([
  ['NONE', []],
  ['SYN_SENT', OPENED.slice(0, 1)],
  ['SYN_RECV', OPENED.slice(0, 2)],
  ['ESTABLISHED', OPENED],
  ['FIN_WAIT', CLOSING],
  ['CLOSE_WAIT', [...CLOSING, 's A 5001 1002']],
  ['LAST_ACK', [...CLOSING, 's FA 5001 1002']],
  ['TIME_WAIT', [...CLOSING, 's FA 5001 1002', 'c A 1002 5002']],
  ['CLOSE', [...OPENED, 's R 5001 0']],
  ['SYN_SENT2', ['c S 1000 0', 's S 5000 0']],
]);

const ROWS = readFileSync(new URL('tcp-transitions.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => line.split('|').map((field) => field.trim()));

describe('a TCP connection in each state, and each segment of either end', () => {
  it('are all there: ten states, six segments, two ends', () => {
    expect(new Set(ROWS.map(([state, segment]) => `${state} ${segment}`)).size).toBe(120);
  });

  it.each(ROWS)('%s, %s: %s, %s', (state = '', segment = '', told, entry) => {
    const flow = new TrackedFlow();
    for (const earlier of WAY_TO.get(state) ?? []) flow.send(earlier);
    expect(flow.entry().split(' ')[0]).toBe(state === 'NONE' ? '' : state);
    expect(flow.send(segment)).toEqual([told, entry]);
  });
});
