import type { Ip, Ipv4, Ipv6 } from './address.ts';

/** A block of addresses. `address` has no bits set beyond `length`. */
export interface Prefix<A extends Ip = Ip> {
  readonly address: A;
  /** Prefix length in bits: 0 to 32 for IPv4, 0 to 128 for IPv6. */
  readonly length: number;
}

export type Ipv4Prefix = Prefix<Ipv4>;
export type Ipv6Prefix = Prefix<Ipv6>;

/** An address on a device together with the prefix it is configured with (host bits kept). */
export interface InterfaceAddress<A extends Ip = Ip> {
  readonly address: A;
  readonly length: number;
}
