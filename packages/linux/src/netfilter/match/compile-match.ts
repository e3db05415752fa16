import type { TupleTable } from '../conntrack/tuple-table.ts';
import type { DeviceNumbers } from '../device-numbers.ts';
import type { IpsetStore } from '../ipset/ipset-store.ts';
import type { NetfilterEnvironment } from '../netfilter.ts';
import type { Match } from '../rule.ts';
import { matchInterface, matchPrefix } from './address.ts';
import { matchAddressType } from './address-type.ts';
import { matchConnection } from './connection.ts';
import { matchConnlimit } from './connlimit.ts';
import { matchMac, matchPacketType } from './frame.ts';
import type { HashlimitTables } from './hashlimit.ts';
import {
  matchAddressRange,
  matchDscp,
  matchFragment,
  matchLength,
  matchSpi,
  matchTos,
  matchTtl,
} from './header-fields.ts';
import { inverted, type MatchFunction } from './match-function.ts';
import { matchOwner } from './owner.ts';
import { matchPhysdev } from './physdev.ts';
import { matchLimit, matchStatistic } from './rate.ts';
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
import { matchU32 } from './u32.ts';

/** What matches consult beside the packet. */
export interface MatchResources {
  readonly env: NetfilterEnvironment;
  readonly sets: IpsetStore;
  readonly recent: RecentLists;
  readonly hashlimits: HashlimitTables;
  readonly connections: TupleTable;
  readonly devices: DeviceNumbers;
}

/** Always: `-m policy` asks about IPsec, which nothing here uses. */
const ALWAYS: MatchFunction = () => true;
const NEVER: MatchFunction = () => false;

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
      return inverted(from.sets.compile(match), match.invert);
    case 'address-type':
      return matchAddressType(match, from.env);
    case 'connection':
      return matchConnection(match, from.env);
    case 'connlimit':
      return matchConnlimit(match, from.env, from.connections);
    case 'limit':
      return matchLimit(match, from.env);
    case 'hashlimit':
      return from.hashlimits.compile(match, from.env);
    case 'statistic':
      return matchStatistic(match, from.env);
    case 'recent':
      return from.recent.compile(match, from.env);
    case 'fragment':
      return matchFragment(match);
    case 'length':
      return matchLength(match);
    case 'ttl':
      return matchTtl(match);
    case 'tos':
      return matchTos(match);
    case 'dscp':
      return matchDscp(match);
    case 'ip-range':
      return matchAddressRange(match);
    case 'spi':
      return matchSpi(match);
    case 'mac':
      return matchMac(match);
    case 'packet-type':
      return matchPacketType(match);
    case 'policy':
      return match.policy === 'none' ? ALWAYS : NEVER;
    case 'physdev':
      return matchPhysdev(match);
    case 'rpfilter': {
      const options = { loose: match.loose === true, validMark: match.validMark === true };
      return inverted((view) => from.env.reversePathOk(view.context, options), match.invert);
    }
    case 'owner':
      return matchOwner(match);
    case 'u32':
      return inverted(matchU32(match.tests), match.invert);
    case 'nfacct':
    case 'comment':
    // What it would do is for the rule to tell.
    case 'opaque':
      return undefined;
    default:
      return match satisfies never;
  }
};
