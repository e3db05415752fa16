import { describe, expect, it } from 'vitest';
import { vxlanMac } from './vxlan-mac.ts';

describe('vxlanMac', () => {
  it.each([
    ['node2', 4, 0x662dbf44a68b],
    ['node2', 6, 0x663242edded5],
    ['kind-worker', 4, 0x6646b3ce055d],
    ['worker-a.example.com', 6, 0x66451d697e6f],
  ] as const)('of %s for IPv%s', (node, family, mac) => {
    expect(vxlanMac(node, family)).toBe(mac);
  });
});
