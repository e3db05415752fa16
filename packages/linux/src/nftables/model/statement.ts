import type { Ip } from '@podpath/net';
import type { NftLookupKey, NftOperand } from './operand.ts';
import type { NftCounts, NftKey, NftScalar, NftValue } from './value.ts';

/** A rule of nftables: its statements from left to right. The first that does not match ends it. */
export interface NftRule {
  readonly statements: readonly NftStatement[];
  readonly comment?: string;
}

export type NftStatement =
  | NftMatch
  | NftVerdictMap
  | NftVerdict
  | NftReject
  | NftSetMark
  | NftNat
  | NftMasquerade
  | NftRedirect
  | NftSetUpdate
  | NftLimit
  | NftLog
  /** Absent numbers: 0, what it starts to count from. */
  | { readonly kind: 'counter'; readonly packets?: number; readonly bytes?: number }
  | { readonly kind: 'notrack' }
  | NftSendBy
  | NftSetField
  | NftConnectionCount;

/**
 * A comparison. Without an operator it means equal, and for types that are bit masks (`ct state`,
 * `ct status`, `tcp flags`) that any of the bits is set. `in` a set, `!=` not in it.
 */
export interface NftMatch {
  readonly kind: 'match';
  readonly left: NftLookupKey;
  readonly op?: NftOperator;
  readonly right: NftValue | NftSetReference | NftAnonymousSet;
}

export type NftOperator = '==' | '!=' | '<' | '>' | '<=' | '>=';

export interface NftSetReference {
  readonly set: string;
}

export interface NftAnonymousSet {
  readonly elements: readonly NftKey[];
}

const VERDICTS = ['accept', 'drop', 'continue', 'return'] as const;

/** `continue` goes on with what follows. */
export type NftVerdict =
  | { readonly kind: (typeof VERDICTS)[number] }
  | { readonly kind: 'jump' | 'goto'; readonly chain: string };

/** `ip saddr vmap …`: the verdict that the map has for the key; nothing when it has none. */
export interface NftVerdictMap {
  readonly kind: 'vmap';
  readonly key: NftLookupKey;
  readonly map: NftSetReference | NftAnonymousMap<NftVerdict>;
}

export interface NftAnonymousMap<Data> {
  readonly elements: readonly { readonly key: NftKey; readonly data: Data }[];
}

/** The value that a map has for a key; a rule whose key is not there ends. */
export interface NftMapLookup {
  readonly kind: 'map';
  readonly key: NftLookupKey;
  readonly map: NftSetReference | NftAnonymousMap<NftKey>;
}

/** Where a value comes from: a mark as a number, or what is read. */
export type NftSource = number | NftOperand | NftMapLookup;

/** `meta mark set` and `ct mark set`. */
export interface NftSetMark {
  readonly kind: 'set-mark';
  readonly target: 'meta mark' | 'ct mark';
  readonly value: NftSource;
}

/** Default: `icmp port-unreachable`, or its like in the family. `icmpx` answers in the packet's own family. */
export interface NftReject {
  readonly kind: 'reject';
  readonly with?:
    | 'tcp reset'
    | `icmp ${NftIcmpCode}`
    | `icmpv6 ${NftIcmpv6Code}`
    | `icmpx ${NftIcmpxCode}`;
}

export const ICMP_CODES = [
  'net-unreachable',
  'host-unreachable',
  'prot-unreachable',
  'port-unreachable',
  'net-prohibited',
  'host-prohibited',
  'admin-prohibited',
] as const;
type NftIcmpCode = (typeof ICMP_CODES)[number];

export const ICMPV6_CODES = [
  'no-route',
  'admin-prohibited',
  'addr-unreachable',
  'port-unreachable',
] as const;
type NftIcmpv6Code = (typeof ICMPV6_CODES)[number];

export const ICMPX_CODES = [
  'no-route',
  'port-unreachable',
  'host-unreachable',
  'admin-prohibited',
] as const;
type NftIcmpxCode = (typeof ICMPX_CODES)[number];

export interface NftPorts {
  readonly first: number;
  readonly last: number;
}

export interface NftNatFlags {
  readonly random?: boolean;
  readonly fullyRandom?: boolean;
  /** Remembered and printed; with one address it changes nothing. */
  readonly persistent?: boolean;
}

/** `snat to` and `dnat to`: an address, a port or range of ports, or both; or what a map has. */
export interface NftNat extends NftNatFlags {
  readonly kind: 'snat' | 'dnat';
  /** In an `inet` table, the family of the address. */
  readonly family?: 'ip' | 'ip6';
  readonly to: { readonly address?: Ip; readonly ports?: NftPorts } | NftMapLookup;
}

export interface NftMasquerade extends NftNatFlags {
  readonly kind: 'masquerade';
  readonly ports?: NftPorts;
}

export interface NftRedirect extends NftNatFlags {
  readonly kind: 'redirect';
  readonly ports?: NftPorts;
}

/** `add @set { key }`, `update @set { key timeout 1h }`, `delete @set { key }`: a set changed by packets. */
export interface NftSetUpdate {
  readonly kind: 'set-update';
  readonly op: 'add' | 'update' | 'delete';
  readonly set: string;
  readonly key: NftLookupKey;
  /** Of elements that it adds: they count. */
  readonly counter?: NftCounts;
  readonly timeoutMs?: number;
}

/** `limit rate [over] rate/unit [burst n packets]`. */
export interface NftLimit {
  readonly kind: 'limit';
  readonly rate: number;
  readonly per: NftLimitUnit;
  readonly over?: boolean;
  /** Default 5. */
  readonly burstPackets?: number;
}

export type NftLimitUnit = 'second' | 'minute' | 'hour' | 'day' | 'week';

/** `ip dscp set ef`: a field of the packet changed. */
export interface NftSetField {
  readonly kind: 'set-field';
  readonly field: (typeof SETTABLE_FIELDS)[number];
  readonly value: number;
}

export const SETTABLE_FIELDS = ['ip dscp', 'ip6 dscp', 'ip ttl', 'ip6 hoplimit'] as const;

/** `ct count 10` matches while no more connections than that have come by, `over` once there are. */
export interface NftConnectionCount {
  readonly kind: 'ct-count';
  readonly most: number;
  readonly over?: boolean;
}

/** `dup to "eth0"` sends a copy of the frame out of a device; `fwd` sends the frame there instead of on. */
export interface NftSendBy {
  readonly kind: 'dup' | 'fwd';
  /** The device's name, or its number. */
  readonly to: NftScalar;
}

/** `log`, which here is only remembered and printed. */
export interface NftLog {
  readonly kind: 'log';
  readonly prefix?: string;
  /** Default `warn`. */
  readonly level?: NftLogLevel;
  /** To nfnetlink_log instead of the kernel's log. */
  readonly group?: number;
  readonly snaplenBytes?: number;
  readonly queueThreshold?: number;
}

export const LOG_LEVELS = [
  'emerg',
  'alert',
  'crit',
  'err',
  'warn',
  'notice',
  'info',
  'debug',
] as const;
export type NftLogLevel = (typeof LOG_LEVELS)[number];

/** `meta mark` and the like, as the reader of a value. */
export const isOperand = (source: NftSource): source is NftOperand =>
  typeof source === 'string' ||
  (typeof source === 'object' &&
    (source.kind === 'bitwise' || source.kind === 'fib' || source.kind === 'numgen'));

export const isSetReference = (
  right: NftValue | NftSetReference | NftAnonymousSet | NftAnonymousMap<unknown>,
): right is NftSetReference => typeof right === 'object' && 'set' in right;

export const isAnonymousSet = (right: NftMatch['right']): right is NftAnonymousSet =>
  typeof right === 'object' && 'elements' in right;

/** Values are compared one by one. */
export const isValue = (right: NftMatch['right']): right is NftValue =>
  !isSetReference(right) && !isAnonymousSet(right);

export const isVerdict = (data: NftVerdict | NftKey): data is NftVerdict =>
  typeof data === 'object' && 'kind' in data;
