import type { Ip, Ipv4, Ipv6 } from '@podpath/net';

export const LIMITED_BROADCAST: Ipv4 = 0xffff_ffff;
export const IPV6_LOOPBACK: Ipv6 = 1n;
/** ff02::1 */
export const ALL_NODES: Ipv6 = (0xff02n << 112n) | 1n;
/** ff02::2 */
const ALL_ROUTERS: Ipv6 = (0xff02n << 112n) | 2n;
/** ff02::1:ff00:0/104 */
const SOLICITED_NODE: Ipv6 = (0xff02n << 112n) | 0x1_ff00_0000n;
// Compared, not shifted: a shift makes a bigint of its own.
const FIRST_MULTICAST: Ipv6 = 0xffn << 120n;
/** fe80::/10 */
const FIRST_LINK_LOCAL: Ipv6 = 0xfe80n << 112n;
const LAST_LINK_LOCAL: Ipv6 = (0xfec0n << 112n) - 1n;

export const isZeroNet = (address: Ipv4): boolean => address >>> 24 === 0;
export const isLoopback = (address: Ip): boolean =>
  typeof address === 'number' ? address >>> 24 === 127 : address === IPV6_LOOPBACK;
export const isMulticast = (address: Ip): boolean =>
  typeof address === 'number' ? address >>> 28 === 14 : address >= FIRST_MULTICAST;
export const isUnspecified = (address: Ip): boolean => address === 0 || address === 0n;
export const isLinkLocal = (address: Ip): boolean =>
  typeof address === 'bigint' && address >= FIRST_LINK_LOCAL && address <= LAST_LINK_LOCAL;
/** ff02::/16 */
const isLinkLocalGroup = (address: Ip): boolean =>
  typeof address === 'bigint' && isMulticast(address) && ((address >> 112n) & 0xfn) === 2n;
/** IPv6 addresses, of one or many, that the kernel looks up only by the device at hand. */
export const isOfLink = (address: Ip): boolean => isLinkLocal(address) || isLinkLocalGroup(address);
/** IPv6 addresses that say nothing without a device. */
export const staysOnLink = (address: Ip): boolean =>
  isLinkLocal(address) || (typeof address === 'bigint' && isMulticast(address));
/** Groups that every router, not only every node, listens to. */
export const isAllRouters = (address: Ipv6): boolean => address === ALL_ROUTERS;

/** The group that a neighbour solicitation for an address is sent to (RFC 4291, 2.7.1). */
export const solicitedNode = (address: Ipv6): Ipv6 => SOLICITED_NODE | (address & 0xff_ffffn);

/** Where frames to a multicast address go (RFC 1112, 6.4; RFC 2464, 7). */
export const multicastMac = (group: Ip): number =>
  typeof group === 'number'
    ? 0x0100_5e00_0000 + (group & 0x7f_ffff)
    : 0x3333_0000_0000 + Number(group & 0xffff_ffffn);

/** fe80::/64 with the interface identifier made from a MAC (RFC 4291, appendix A). */
export function linkLocalFrom(mac: number): Ipv6 {
  const wide = BigInt(mac);
  const high = (wide >> 24n) ^ 0x02_0000n;
  const low = wide & 0xff_ffffn;
  return (0xfe80n << 112n) | (high << 40n) | (0xfffen << 24n) | low;
}
