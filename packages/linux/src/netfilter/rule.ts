import type { Match } from './rule/match.ts';
import type { Target } from './rule/target.ts';

export type { ConntrackStateName, ConntrackStatusName } from './rule/connection-match.ts';
export type { PortRange } from './rule/header-match.ts';
export type { IpsetEntry, IpsetProtocol, IpsetType } from './rule/ipset.ts';
export type {
  AddressType,
  CounterTest,
  Match,
  OwnerRange,
  SetCounterOptions,
  U32Test,
} from './rule/match.ts';
export type { PacketRate } from './rule/rate-match.ts';
export type { NatTarget, RejectType, Target } from './rule/target.ts';

export type TableName = 'raw' | 'mangle' | 'nat' | 'filter' | 'security';
export type BuiltinChain = 'PREROUTING' | 'INPUT' | 'FORWARD' | 'OUTPUT' | 'POSTROUTING';
export type BuiltinPolicy = 'ACCEPT' | 'DROP';

/**
 * An iptables rule. The order of `matches` is the order in which they are evaluated and printed, so
 * that the text is the very text that the program which made the rule would write.
 */
export interface Rule {
  readonly matches: readonly Match[];
  /** Absent: the rule only counts. */
  readonly target?: Target;
}
