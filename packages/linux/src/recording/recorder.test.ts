import { describe, expect, it } from 'vitest';
import type { Step } from '../trace.ts';
import { Recorder } from './recorder.ts';
import { hopsOf, type Trail } from './trail.ts';

const recorder = (): Recorder => new Recorder({ tracing: true, capturing: true, nowMs: () => 1.5 });

const trailOf = (...steps: readonly (readonly [string, string])[]): Trail | undefined =>
  steps.reduce<Trail | undefined>((previous, [namespace, socket]) => {
    const step: Step = { kind: 'send', socket };
    return { namespace, step, previous };
  }, undefined);

describe('the steps of a packet', () => {
  it('are grouped by namespace, and a namespace that comes again is a hop again', () => {
    const trail = trailOf(['a', '1'], ['a', '2'], ['b', '3'], ['a', '4']);
    expect(hopsOf(trail)).toEqual([
      {
        namespace: 'a',
        steps: [
          { kind: 'send', socket: '1' },
          { kind: 'send', socket: '2' },
        ],
      },
      { namespace: 'b', steps: [{ kind: 'send', socket: '3' }] },
      { namespace: 'a', steps: [{ kind: 'send', socket: '4' }] },
    ]);
    expect(hopsOf(undefined)).toEqual([]);
  });
});

describe('of several copies', () => {
  it('the one that was delivered tells the story', () => {
    const record = recorder();
    record.end('request', 'dropped', 'on the way', trailOf(['a', '1']));
    record.end('request', 'delivered', 'at last', trailOf(['b', '2']));
    record.end('request', 'refused', 'elsewhere', trailOf(['c', '3']));
    expect(record.result()).toMatchObject({
      outcome: 'delivered',
      reason: 'at last',
      request: [{ namespace: 'b' }],
    });
  });

  it('the first does among equals, and a stray copy only when there is no other', () => {
    const record = recorder();
    record.end('request', 'dropped', 'not meant for it', undefined, true);
    record.end('request', 'dropped', 'by a rule', undefined);
    record.end('request', 'dropped', 'by another', undefined);
    expect(record.result().reason).toBe('by a rule');
  });
});

describe('a result', () => {
  it('has a reply only when there was one', () => {
    const record = recorder();
    record.end('request', 'delivered', 'here', undefined);
    expect(record.result()).not.toHaveProperty('reply');
    expect(record.result()).not.toHaveProperty('replyOutcome');
    record.end('reply', 'dropped', 'on the way back', trailOf(['b', '1']));
    expect(record.result()).toMatchObject({
      replyOutcome: 'dropped',
      reply: [{ namespace: 'b' }],
    });
  });

  it('says that pieces are missing when nothing ever ended', () => {
    expect(recorder().result()).toMatchObject({ outcome: 'dropped', request: [] });
    expect(recorder().result().reason).toContain('fragment');
  });

  it('has captures with the time in nanoseconds, untouched by what happens later', () => {
    const record = recorder();
    const payload = {
      kind: 'arp',
      operation: 'request',
      senderMac: 1,
      senderIp: 1,
      targetMac: 0,
      targetIp: 2,
    } as const;
    const frame = { dst: 1, src: 2, payload: { ...payload } };
    record.capture('a', 'eth0', 'in', frame);
    frame.dst = 99;
    expect(record.result().captures).toEqual([
      {
        namespace: 'a',
        device: 'eth0',
        direction: 'in',
        timeNs: 1_500_000n,
        frame: { dst: 1, src: 2, payload },
      },
    ]);
  });
});
