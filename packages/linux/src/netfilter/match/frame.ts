import type { Match } from '../rule.ts';
import { inverted, type MatchFunction } from './match-function.ts';

type MatchOf<K extends Match['kind']> = Extract<Match, { readonly kind: K }>;

/** `-m mac`: what did not come in by an Ethernet device never matches, inverted or not (net/netfilter/xt_mac.c). */
export const matchMac = ({ mac, invert = false }: MatchOf<'mac'>): MatchFunction => {
  return ({ context: { inDevice, source } }) => {
    if (inDevice === undefined || inDevice === LOOPBACK || source === undefined) return false;
    return (source === mac) !== invert;
  };
};

const LOOPBACK = 'lo';

/** `-m pkttype`: what is sent here counts as addressed to this host (net/netfilter/xt_pkttype.c). */
export const matchPacketType = ({ type, invert }: MatchOf<'packet-type'>): MatchFunction => {
  const audience = type === 'unicast' ? 'host' : type;
  return inverted(({ context }) => (context.audience ?? 'host') === audience, invert);
};
