import { decodeFrame, type EthernetFrame } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import type { SeenFrame } from '../observation.ts';
import { alignFrames } from './align-frames.ts';
import { pathOf } from './path-of.ts';
import { arpFrame, datagramFrame, tunnelledFrame } from './test-frames.ts';
import { TunnelPorts } from './tunnel-ports.ts';

const innerOf = ({ bytes }: SeenFrame): EthernetFrame => {
  const { payload } = decodeFrame(bytes);
  const udp = payload.kind === 'ipv4' ? payload.payload : undefined;
  if (udp?.kind !== 'udp' || udp.payload instanceof Uint8Array) throw new Error('no tunnel');
  return udp.payload.inner;
};

describe('the way of a flow', () => {
  it('is where its packets passed, tunnelled or not, without questions for neighbours', () => {
    const frames = [arpFrame(), datagramFrame(1, 53), tunnelledFrame(40_000, 1, 53)];
    expect(pathOf(frames)).toEqual(['node/a eth0 out', 'node/a eth0 out']);
    expect(pathOf([{ ...arpFrame(), bytes: new Uint8Array(3) }])).toEqual([]);
  });
});

describe('frames of programs', () => {
  it('are put in the order of those that they equal, others last', () => {
    const [one, two, three] = [datagramFrame(1, 53), datagramFrame(2, 53), datagramFrame(3, 53)];
    expect(alignFrames([one, two, three], [three, two])).toEqual([three, two, one]);
  });

  it('are not mixed up between devices', () => {
    const here = datagramFrame(1, 53);
    const there = { ...datagramFrame(1, 53), device: 'eth1' };
    expect(alignFrames([here, there], [there, here])).toEqual([there, here]);
  });
});

describe('source ports of tunnels', () => {
  it('are those that the frame in the tunnel was seen with', () => {
    const ports = new TunnelPorts();
    ports.learn([arpFrame(), tunnelledFrame(40_000, 1, 53), tunnelledFrame(50_000, 2, 53)]);
    expect(ports.of(innerOf(tunnelledFrame(1, 1, 53)))).toBe(40_000);
    expect(ports.of(innerOf(tunnelledFrame(1, 2, 53)))).toBe(50_000);
    expect(ports.of(innerOf(tunnelledFrame(1, 53, 1)))).toBeUndefined();
  });
});
