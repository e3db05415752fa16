import type { TcpSegment } from '@podpath/net';
import type { NetfilterEnvironment } from '../netfilter.ts';
import type { PacketView } from '../packet-view.ts';
import type { Target } from '../rule.ts';
import { Action } from '../tables/chain.ts';

const END = 0;
const NO_OPERATION = 1;
const MSS = 2;
const MSS_BYTES = 4;
const TCP_HEADER_BYTES = 20;
const IP_HEADER_BYTES = { 4: 20, 6: 40 } as const;
const MOST_OPTION_BYTES = 40;
/** What a side that announces no size is taken to accept (RFC 9293, 3.7.1; RFC 8200, 8.3). */
const UNANNOUNCED = { 4: 536, 6: 1220 } as const;

/**
 * `TCPMSS` (net/netfilter/xt_TCPMSS.c): lowers the segment size in a SYN's options, or adds one. Never raises it. What
 * is too narrow for any segment is dropped.
 */
export const compileTcpMss = (
  { mss }: Extract<Target, { readonly kind: 'tcp-mss' }>,
  env: NetfilterEnvironment,
): ((view: PacketView) => Action) => {
  return (view) => {
    const { payload } = view.context.packet;
    if (payload.kind !== 'tcp') return Action.CONTINUE;
    let wanted: number;
    if (mss === 'path-mtu') {
      const headers = IP_HEADER_BYTES[view.family] + TCP_HEADER_BYTES;
      const mtuBytes = env.pathMtuBytes(view.context);
      if (mtuBytes <= headers) return Action.DROP;
      wanted = mtuBytes - headers;
    } else {
      wanted = mss;
    }
    lower(payload, wanted, view);
    return Action.CONTINUE;
  };
};

const lower = (segment: TcpSegment, wanted: number, view: PacketView): void => {
  const { options } = segment;
  const at = options === undefined ? -1 : positionOf(options);
  if (options !== undefined && at >= 0) {
    if (get16(options, at + 2) > wanted) segment.options = withMss(options, at, wanted);
    return;
  }
  // An option cannot be put in front of data, nor where there is no room for one.
  if (segment.data.length > 0 || (options?.length ?? 0) >= MOST_OPTION_BYTES) return;
  const added = new Uint8Array((options?.length ?? 0) + MSS_BYTES);
  if (options !== undefined) added.set(options, MSS_BYTES);
  added.set([MSS, MSS_BYTES]);
  segment.options = withMss(added, 0, Math.min(wanted, UNANNOUNCED[view.family]));
  view.resized();
};

/** Where the option is; -1 when there is none. Options that do not end count as one byte, as in the kernel. */
const positionOf = (options: Uint8Array): number => {
  let at = 0;
  while (at <= options.length - MSS_BYTES) {
    const kind = options[at] ?? END;
    if (kind === MSS && options[at + 1] === MSS_BYTES) return at;
    at += kind <= NO_OPERATION ? 1 : (options[at + 1] ?? 0) || 1;
  }
  return -1;
};

/** A copy: others may hold the old options. */
const withMss = (options: Uint8Array, at: number, mss: number): Uint8Array<ArrayBuffer> => {
  const copy = options.slice();
  copy[at + 2] = mss >>> 8;
  copy[at + 3] = mss & 0xff;
  return copy;
};

const get16 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
