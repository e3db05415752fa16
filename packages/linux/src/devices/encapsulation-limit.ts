import type { Ipv6ExtensionHeader } from '@podpath/net';

const FRAGMENT = 44;
const DESTINATION_OPTIONS = 60;
const FIXED_HEADER_BYTES = 40;
const PAD_1 = 0;
const PAD_N = 1;
const LIMIT = 4;

/** The header that says how many tunnels more a packet may enter (RFC 2473, 4.1.1). */
export const limitHeader = (limit: number): Ipv6ExtensionHeader => ({
  type: DESTINATION_OPTIONS,
  data: Uint8Array.of(LIMIT, 1, limit, PAD_N, 1, 0),
});

/**
 * How many tunnels more a packet with these headers may enter, and where from the packet's beginning that is said
 * (`ip6_tnl_parse_tlv_enc_lim`). `undefined` when nothing is.
 */
export function encapsulationLimitAt(
  extensions: readonly Ipv6ExtensionHeader[] = [],
): { readonly limit: number; readonly offset: number } | undefined {
  let start = FIXED_HEADER_BYTES;
  for (const { type, data } of extensions) {
    if (type === FRAGMENT && ((data[0] ?? 0) << 8) + (data[1] ?? 0) !== 0) return undefined;
    if (type === DESTINATION_OPTIONS) {
      for (let at = 0; at + 3 <= data.length; ) {
        const option = data[at] ?? PAD_1;
        const length = data[at + 1] ?? 0;
        // The two bytes before the options are no part of `data`.
        if (option === LIMIT && length === 1) {
          return { limit: data[at + 2] ?? 0, offset: start + 2 + at };
        }
        at += option === PAD_1 ? 1 : length + 2;
      }
    }
    start += 2 + data.length;
  }
  return undefined;
}
