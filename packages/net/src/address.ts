/**
 * An IPv4 address: an unsigned 32-bit number, so that hot paths compare and mask it without allocating.
 */
export type Ipv4 = number;

/** An IPv6 address: an unsigned 128-bit bigint. Equality is `===`, and it is a Map key by value. */
export type Ipv6 = bigint;

/** An address of either family; `typeof` tells which. */
export type Ip = Ipv4 | Ipv6;

export type IpFamily = 4 | 6;

/** The family of an address. Never throws. */
export const familyOf = (address: Ip): IpFamily => (typeof address === 'number' ? 4 : 6);
