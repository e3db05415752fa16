import { describe, expect, it } from 'vitest';
import type { Match } from '../rule.ts';
import { append, Bench, protocol, tcp } from '../test-support.ts';

const SYN: readonly Match[] = [protocol('tcp'), { kind: 'tcp-flags', mask: 6, compare: 2 }];
const FLOW = '10.0.0.1:1000 > 10.0.0.2:80';
const FLOW6 = '[fd00::1]:1000 > [fd00::2]:80';

/** The option that announces a segment size. */
const mss = (size: number): number[] => [2, 4, size >> 8, size & 255];

/** A SYN's options after TCPMSS, or whether it was dropped. */
const after = (
  how: number | 'path-mtu',
  options: readonly number[] | undefined,
  { mtuBytes = 1500, flow = FLOW, data = 0 } = {},
): readonly number[] | string => {
  const bench = new Bench().apply(
    append('mangle', 'FORWARD', SYN, { kind: 'tcp-mss', mss: how }, flow === FLOW ? 4 : 6),
  );
  bench.env.mtuBytes = mtuBytes;
  const packet = tcp(flow, 'S', {
    data: new Uint8Array(data),
    ...(options === undefined ? {} : { options: new Uint8Array(options) }),
  });
  const verdict = bench.run('FORWARD', packet);
  if (verdict.kind !== 'accept') return verdict.kind;
  return packet.payload.kind === 'tcp' ? [...(packet.payload.options ?? [])] : [];
};

describe('TCPMSS', () => {
  it('lowers what a SYN announces, and never raises it', () => {
    expect(after(1000, mss(1460))).toEqual(mss(1000));
    expect(after(1000, mss(1000))).toEqual(mss(1000));
    expect(after(1000, mss(500))).toEqual(mss(500));
  });

  it('finds the option behind others, and leaves those alone', () => {
    const others = [1, 1, 4, 2];
    expect(after(1000, [...others, ...mss(1460), 3, 3, 7, 0])).toEqual([
      ...others,
      ...mss(1000),
      3,
      3,
      7,
      0,
    ]);
  });

  it('announces one where the SYN has none: no more than any host has to take', () => {
    expect(after(400, undefined)).toEqual(mss(400));
    expect(after(1000, undefined)).toEqual(mss(536));
    expect(after(1400, undefined, { flow: FLOW6 })).toEqual(mss(1220));
    expect(after(1000, [1, 1, 4, 2])).toEqual([...mss(536), 1, 1, 4, 2]);
  });

  it('adds none to a SYN that carries data', () => {
    expect(after(1000, undefined, { data: 10 })).toEqual([]);
  });

  it('clamped to the path leaves room for the headers of its family', () => {
    expect(after('path-mtu', mss(1460), { mtuBytes: 1450 })).toEqual(mss(1410));
    expect(after('path-mtu', mss(1460), { mtuBytes: 1450, flow: FLOW6 })).toEqual(mss(1390));
    expect(after('path-mtu', mss(1360), { mtuBytes: 1450 })).toEqual(mss(1360));
  });

  it('clamped to a path that no segment fits drops it', () => {
    expect(after('path-mtu', mss(1460), { mtuBytes: 40 })).toBe('drop');
    expect(after('path-mtu', mss(1460), { mtuBytes: 41 })).toEqual(mss(1));
  });
});
