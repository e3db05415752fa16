import type { Target } from '../rule.ts';
import type { TargetFunction } from './target-function.ts';

/** `TOS` (net/netfilter/xt_DSCP.c): clears the bits of the mask, then xors the value. */
export const compileTos = ({
  value,
  mask,
}: Extract<Target, { readonly kind: 'tos' }>): TargetFunction => {
  const kept = ~mask & 0xff;
  return ({ context: { packet } }) => {
    if (packet.kind === 'ipv4') packet.tos = (packet.tos & kept) ^ value;
    else packet.trafficClass = (packet.trafficClass & kept) ^ value;
  };
};
