import type { Rule } from '@podpath/linux';
import { parsePrefix } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { packets } from '../workloads/long-chain.ts';
import { firstMatch } from './naive-rules.ts';

const [packet] = packets(1, 1);
if (packet === undefined) throw new Error('no packet');

const rules: readonly Rule[] = [
  { matches: [{ kind: 'in-interface', name: 'eth1' }] },
  { matches: [{ kind: 'source', prefix: parsePrefix('192.0.2.0/24') }] },
  { matches: [{ kind: 'protocol', protocol: 'udp' }] },
  { matches: [{ kind: 'port', protocol: 'tcp', side: 'destination', first: 80, last: 80 }] },
  { matches: [{ kind: 'destination', prefix: parsePrefix('198.51.100.0/24') }] },
];

const toPort = (port: number) => ({
  ...packet,
  src: parsePrefix('10.0.0.0/8').address as number,
  dst: parsePrefix('198.51.100.0/24').address as number,
  payload: { ...packet.payload, dstPort: port } as typeof packet.payload,
});

describe('the naive interpreter', () => {
  it.each([
    ['by device', toPort(80), 'eth1', 0],
    ['by port', toPort(80), 'eth0', 3],
    ['by destination', toPort(81), 'eth0', 4],
  ])('finds the first rule that fits: %s', (_, asked, device, index) => {
    expect(firstMatch(rules, asked, device)).toBe(index);
  });

  it('finds nothing where nothing fits', () => {
    expect(firstMatch(rules.slice(0, 3), toPort(81), 'eth0')).toBeUndefined();
  });
});
