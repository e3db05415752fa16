import type { IpsetStore } from '../ipset/ipset-store.ts';
import type { NetfilterEnvironment } from '../netfilter.ts';
import type { Match } from '../rule.ts';
import { matchInterface, matchPrefix } from './address.ts';
import { inverted, type MatchFunction } from './match-function.ts';
import { matchPhysdev } from './physdev.ts';
import type { RecentLists } from './recent.ts';
import { matchConnmark, matchConntrack, matchMark } from './state.ts';
import {
  matchIcmp,
  matchMultiport,
  matchPort,
  matchProtocol,
  matchProtocolModule,
  matchTcpFlags,
} from './transport.ts';

/** What matches consult beside the packet. */
export interface MatchResources {
  readonly env: NetfilterEnvironment;
  readonly sets: IpsetStore;
  readonly recent: RecentLists;
}

/** A match as a function of the packet; `undefined` for one that tests nothing. */
export const compileMatch = (match: Match, from: MatchResources): MatchFunction | undefined => {
  switch (match.kind) {
    case 'source':
    case 'destination':
      return inverted(matchPrefix(match.kind, match.prefix), match.invert);
    case 'in-interface':
      return inverted(matchInterface('in', match.name), match.invert);
    case 'out-interface':
      return inverted(matchInterface('out', match.name), match.invert);
    case 'protocol':
      return matchProtocol(match);
    case 'port':
      return matchPort(match);
    case 'protocol-module':
      return matchProtocolModule(match);
    case 'tcp-flags':
      return matchTcpFlags(match);
    case 'multiport':
      return matchMultiport(match);
    case 'icmp':
      return matchIcmp(match);
    case 'mark':
      return matchMark(match);
    case 'connmark':
      return matchConnmark(match);
    case 'conntrack':
      return matchConntrack(match);
    case 'set':
      return inverted(from.sets.compile(match.set, match.directions), match.invert);
    case 'address-type':
      return matchAddressType(match, from.env);
    case 'statistic':
      // The kernel compares 31 bits of its draw (net/netfilter/xt_statistic.c).
      return () => (from.env.random32() & 0x7fff_ffff) < match.threshold;
    case 'recent':
      return from.recent.compile(match, from.env);
    case 'physdev':
      return matchPhysdev(match);
    case 'rpfilter': {
      const options = { loose: match.loose === true, validMark: match.validMark === true };
      return inverted((view) => from.env.reversePathOk(view.context, options), match.invert);
    }
    case 'comment':
      return undefined;
  }
};

const matchAddressType = (
  { source, destination, limitInterface }: Extract<Match, { readonly kind: 'address-type' }>,
  env: NetfilterEnvironment,
): MatchFunction => {
  return (view) => {
    const { inDevice, outDevice } = view.context;
    const device =
      limitInterface === 'in' ? inDevice : limitInterface === 'out' ? outDevice : undefined;
    if (
      source !== undefined &&
      (env.addressType(view.src, device) === source.type) === (source.invert === true)
    ) {
      return false;
    }
    return (
      destination === undefined ||
      (env.addressType(view.dst, device) === destination.type) !== (destination.invert === true)
    );
  };
};
