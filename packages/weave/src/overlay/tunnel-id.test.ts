import fc from 'fast-check';
import { expect, it } from 'vitest';
import { tunnelDestination, tunnelId, tunnelSource } from './tunnel-id.ts';

it('has the source in the low bits and the destination in the high ones', () => {
  expect(tunnelId(3356, 670).toString(16)).toBe('29ed1c');
  expect(tunnelId(4095, 4095)).toBe(0xff_ffff);
});

it('tells both peers again', () => {
  const shortId = fc.integer({ min: 0, max: 4095 });
  fc.assert(
    fc.property(shortId, shortId, (source, destination) => {
      const vni = tunnelId(source, destination);
      expect([tunnelSource(vni), tunnelDestination(vni)]).toEqual([source, destination]);
    }),
  );
});
