import type { Target } from '../rule.ts';
import type { TargetFunction } from './target-function.ts';

/** `DSCP`: the congestion bits stay. */
export const compileDscp = ({
  value,
}: Extract<Target, { readonly kind: 'dscp' }>): TargetFunction => {
  const bits = value << 2;
  return ({ context: { packet } }) => {
    if (packet.kind === 'ipv4') packet.tos = bits | (packet.tos & 3);
    else packet.trafficClass = bits | (packet.trafficClass & 3);
  };
};
