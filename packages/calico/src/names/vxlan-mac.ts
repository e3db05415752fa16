import type { IpFamily, Mac } from '@podpath/net';
import { sha1Hex } from './digest.ts';

const FIRST_OCTET = 0x66;

/**
 * MAC address of a node's VXLAN device: `66` and the first five bytes of the SHA-1 of the node's
 * name (with `-v6` after it for the IPv6 tunnel), so that every node knows every other's without
 * asking. Follows felix/calc/vxlan_resolver.go.
 */
export const vxlanMac = (node: string, family: IpFamily): Mac => {
  const digest = sha1Hex(family === 4 ? node : `${node}-v6`).slice(0, 10);
  return FIRST_OCTET * 2 ** 40 + Number.parseInt(digest, 16);
};
