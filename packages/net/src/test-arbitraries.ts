import fc from 'fast-check';
import type { Ip, Ipv4, Ipv6 } from './address.ts';
import type { Mac } from './mac.ts';

/** Arbitrary values for property tests. Not part of the package. */

export const anyIpv4: fc.Arbitrary<Ipv4> = fc.integer({ min: 0, max: 0xffff_ffff });

/** Words of mostly zeros and ones, so that runs of zero groups are common. */
export const anyIpv6: fc.Arbitrary<Ipv6> = fc
  .array(fc.oneof(fc.constant(0n), fc.constant(1n), fc.bigInt({ min: 0n, max: 0xffffn })), {
    minLength: 8,
    maxLength: 8,
  })
  .map((groups) => groups.reduce((address, group) => (address << 16n) | group, 0n));

export const anyIp: fc.Arbitrary<Ip> = fc.oneof(anyIpv4, anyIpv6);

export const anyMac: fc.Arbitrary<Mac> = fc.nat(0xffff_ffff_ffff);
