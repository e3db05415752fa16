import type { Ipv6Packet } from '@podpath/net';
import { NDP_HOP_LIMIT } from '../../neighbours/ndp-send.ts';
import { isLinkLocal } from '../../routing/address-kinds.ts';

/** Target and destination; the options come after. */
const OPTIONS_AT = 32;
const REDIRECTED_HEADER = 4;
const OPTION_HEADER_BYTES = 8;

/**
 * The packet that an IPv6 redirect is about, as conntrack reads it (`nf_conntrack_icmpv6_redirect`): only where it is the
 * first option, so not where the target's MAC comes before it. `undefined` for a redirect that belongs to no connection.
 */
export function redirectedPacket({ src, hopLimit, payload }: Ipv6Packet): Uint8Array | undefined {
  if (payload.kind !== 'icmpv6' || payload.code !== 0) return undefined;
  if (hopLimit !== NDP_HOP_LIMIT || !isLinkLocal(src)) return undefined;
  const { data } = payload;
  if (!(data instanceof Uint8Array) || data[OPTIONS_AT] !== REDIRECTED_HEADER) return undefined;
  return data.subarray(OPTIONS_AT + OPTION_HEADER_BYTES);
}
