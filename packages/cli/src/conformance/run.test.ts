import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { check, checkEach } from './check.ts';
import { runConformance } from './run.ts';
import { type Runner, VectorError } from './runner.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'podpath-vectors-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const write = (name: string, content: unknown) => {
  const path = join(directory, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(content));
};

const run = async (runners: readonly Runner[], ...args: readonly string[]) => {
  const lines: string[] = [];
  const code = await runConformance([directory, ...args], runners, (line) => lines.push(line));
  return { code, lines: lines.join('\n').split('\n') };
};

/** Holds arithmetic to vectors: `{ "sums": [{ "id", "add": [a, b], "sum" }] }`. */
const sums: Runner = {
  subject: 'addition',
  accepts: (name) => name === 'sums.json',
  *run({ path, name }) {
    const { cases } = JSON.parse(readFileSync(path, 'utf8'));
    if (cases === undefined) throw new VectorError(name, 'no cases');
    for (const { id, add, sum } of cases) {
      yield add === undefined
        ? { id, outcome: 'not-supported', reason: 'subtraction' }
        : check(id, sum, () => add[0] + add[1]);
    }
  },
};

describe('a run', () => {
  it('prints a line a file and exits 0 when nothing fails', async () => {
    write('sums.json', { cases: [{ id: 'one', add: [1, 1], sum: 2 }, { id: 'less' }] });
    expect(await run([sums])).toEqual({
      code: 0,
      lines: [
        'sums.json: 1 passed, 0 failed, 1 not supported',
        '  not supported, 1: subtraction',
        'total: 1 passed, 0 failed, 1 not supported',
      ],
    });
  });

  it('shows each failure, and exits 1', async () => {
    write('sums.json', { cases: [{ id: 'wrong', add: [1, 1], sum: 3 }] });
    const { code, lines } = await run([sums]);
    expect(code).toBe(1);
    expect(lines).toEqual([
      'sums.json: 0 passed, 1 failed, 0 not supported',
      '  FAILED wrong',
      '    expected 3',
      '    got      2',
      'total: 0 passed, 1 failed, 0 not supported',
    ]);
  });

  it('counts every case of a file that nothing runs, and every folder as one', async () => {
    write('other.json', { source: ['here'], about: 'x', cases: [{ id: 'a' }, {}], more: ['b'] });
    write('np-guard/set/connlist.txt', '');
    write('real/recipes/one/expected.json', {});
    const { code, lines } = await run([sums], '--json', join(directory, 'out.txt'));
    expect(code).toBe(0);
    expect(lines.filter((line) => !line.startsWith(' '))).toEqual([
      'np-guard/set: 0 passed, 0 failed, 1 not supported',
      'other.json: 0 passed, 0 failed, 3 not supported',
      'real/recipes/one: 0 passed, 0 failed, 1 not supported',
      'total: 0 passed, 0 failed, 5 not supported',
    ]);
    expect(JSON.parse(readFileSync(join(directory, 'out.txt'), 'utf8')).files[1]).toEqual({
      name: 'other.json',
      passed: 0,
      failed: 0,
      notSupported: 3,
      failures: [],
      reasons: { 'nothing runs these vectors yet': 3 },
    });
  });

  it('names a second runner over the same file by its subject', async () => {
    write('sums.json', { cases: [{ id: 'one', add: [1, 1], sum: 2 }] });
    const { lines } = await run([sums, { ...sums, subject: 'abacus' }]);
    expect(lines).toEqual([
      'sums.json: 1 passed, 0 failed, 0 not supported',
      'sums.json abacus: 1 passed, 0 failed, 0 not supported',
      'total: 2 passed, 0 failed, 0 not supported',
    ]);
  });

  it('counts a file that is not what it should be as a failure, and goes on', async () => {
    write('sums.json', {});
    write('zzz.json', { cases: [] });
    const { code, lines } = await run([sums]);
    expect(code).toBe(1);
    expect(lines).toContain('    got      sums.json: no cases');
    expect(lines).toContain('zzz.json: 0 passed, 0 failed, 0 not supported');
  });

  it('can be filtered by name', async () => {
    write('sums.json', { cases: [] });
    write('other.json', { cases: [] });
    const { lines } = await run([sums], '--filter', 'sum');
    expect(lines).toEqual([
      'sums.json: 0 passed, 0 failed, 0 not supported',
      'total: 0 passed, 0 failed, 0 not supported',
    ]);
  });

  it.each([
    [['--nonsense'], "Unknown option '--nonsense'"],
    [['more'], 'expected one folder'],
    [['--filter', 'nothing'], 'no test vectors in'],
  ])('called wrongly with %j exits 2 and says how', async (args, message) => {
    write('sums.json', { cases: [] });
    const { code, lines } = await run([sums], ...args);
    expect(code).toBe(2);
    expect(lines.join('\n')).toContain(message);
    expect(lines.join('\n')).toContain('usage: pnpm conformance DIR');
  });

  it('exits 2 for a folder that is not there', async () => {
    const code = await runConformance([join(directory, 'missing')], [sums], () => undefined);
    expect(code).toBe(2);
  });
});

describe('a check', () => {
  it('compares by structure', () => {
    expect(check('a', { x: [1] }, () => ({ x: [1] }))).toEqual({ id: 'a', outcome: 'passed' });
    expect(check('a', { x: 1n }, () => 'y')).toEqual({
      id: 'a',
      outcome: 'failed',
      expected: '{"x":"1n"}',
      got: 'y',
    });
  });

  it('turns what a case throws into its failure', () => {
    const boom = () => {
      throw new RangeError('boom');
    };
    expect(check('a', 1, boom)).toMatchObject({ got: 'threw RangeError: boom' });
    expect([...checkEach([{ id: 'b' }], boom)]).toMatchObject([
      { id: 'b', outcome: 'failed', got: 'threw RangeError: boom' },
    ]);
  });
});
