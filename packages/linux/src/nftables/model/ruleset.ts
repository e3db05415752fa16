import type { NftDatatype } from './datatype.ts';
import type { NftLookupKey } from './operand.ts';
import type { NftVerdict } from './statement.ts';
import type { NftCounts, NftKey } from './value.ts';

/** Of a table: the packets that it sees. `inet` sees IPv4 and IPv6. */
export const NFT_FAMILIES = ['ip', 'ip6', 'inet', 'arp', 'bridge', 'netdev'] as const;
export type NftFamily = (typeof NFT_FAMILIES)[number];

/** Tables of these families see frames, whatever is in them. */
export const isOfFrames = (family: NftFamily): boolean =>
  family === 'bridge' || family === 'netdev' || family === 'arp';

export const NFT_HOOKS = [
  'prerouting',
  'input',
  'forward',
  'output',
  'postrouting',
  'ingress',
  'egress',
] as const;
export type NftHook = (typeof NFT_HOOKS)[number];

/**
 * `nat` chains see the first packet of each connection; `route` chains have a packet that they changed
 * routed anew.
 */
export const NFT_CHAIN_TYPES = ['filter', 'route', 'nat'] as const;
export type NftChainType = (typeof NFT_CHAIN_TYPES)[number];

/** What makes a chain a base chain, which packets enter by themselves. */
export interface NftBaseChain {
  readonly type: NftChainType;
  readonly hook: NftHook;
  /** Lower runs earlier; of equals, the one that came last. */
  readonly priority: number;
  /** Devices of an `ingress` or `egress` chain. */
  readonly devices?: readonly string[];
  /** Default accept. */
  readonly policy?: 'accept' | 'drop';
}

/** What a set's elements are made of; with `data` it is a map. */
export interface NftSetTypes {
  /** Datatypes of the key's places. */
  readonly key: readonly NftDatatype[];
  readonly data?: 'verdict' | readonly NftDatatype[];
}

/** A set or map. */
export interface NftSetSpec extends NftSetTypes {
  /** The fields by which the types were given, where they were. */
  readonly typeOf?: { readonly key: NftLookupKey; readonly data?: NftLookupKey };
  readonly constant?: boolean;
  /** Elements may be ranges and prefixes. */
  readonly interval?: boolean;
  /** Elements may have timeouts. */
  readonly timeout?: boolean;
  /** Packets may change it. */
  readonly dynamic?: boolean;
  /** Of elements that have none of their own. */
  readonly timeoutMs?: number;
  readonly gcIntervalMs?: number;
  /** Most elements. */
  readonly size?: number;
  readonly policy?: 'performance' | 'memory';
  /** Each element counts the packets that find it, from here on. */
  readonly counter?: NftCounts;
  /** Intervals that overlap or touch become one. */
  readonly autoMerge?: boolean;
  readonly comment?: string;
}

export interface NftElement {
  readonly key: NftKey;
  /** In a map; one verdict, or a value for each place. */
  readonly data?: NftVerdict | NftKey;
  readonly timeoutMs?: number;
  /** How long it has left, when that is not all of its timeout. */
  readonly expiresMs?: number;
  /** In a set that counts: from where on. */
  readonly counter?: NftCounts;
  readonly comment?: string;
}
