import type { Ip } from '@podpath/net';

/** So many packets in a unit of time. */
export interface PacketRate {
  readonly packets: number;
  readonly per: 'second' | 'minute' | 'hour' | 'day';
}

/** `-m limit`: matches while the rate is kept; so many more may come at once. */
export interface LimitMatch {
  readonly kind: 'limit';
  readonly rate: PacketRate;
  /** Default 5. */
  readonly burst?: number;
}

/**
 * `-m hashlimit`: a limit of its own for each value of what is in `by`; without `by`, one for all. Rules that
 * use the same name share the counts, and the first says how they are kept.
 */
export interface HashlimitMatch {
  readonly kind: 'hashlimit';
  readonly name: string;
  readonly compare: 'upto' | 'above';
  readonly rate: PacketRate;
  /** Default 5. */
  readonly burst?: number;
  readonly by?: readonly ('srcip' | 'srcport' | 'dstip' | 'dstport')[];
  /** Bits of the address that count; default all. */
  readonly sourceMaskLength?: number;
  readonly destinationMaskLength?: number;
  /** Buckets of its hash table: only printed. */
  readonly tableSize?: number;
  /** An entry is forgotten when it has been idle for this long. Default the unit of the rate. */
  readonly expireMs?: number;
  /** How often idle entries are looked for. Default 1 s. */
  readonly collectMs?: number;
}

export type StatisticMatch =
  /** Probability as a 31-bit threshold out of 2^31, which is what the kernel keeps. */
  | {
      readonly kind: 'statistic';
      readonly mode: 'random';
      readonly threshold: number;
      readonly invert?: boolean;
    }
  /** One packet of every so many: the one that comes after `packet` others. */
  | {
      readonly kind: 'statistic';
      readonly mode: 'nth';
      readonly every: number;
      readonly packet: number;
      readonly invert?: boolean;
    };

/** `-m recent`: a list of addresses by name, and when each was seen. */
export interface RecentMatch {
  readonly kind: 'recent';
  readonly name: string;
  readonly action:
    | { readonly kind: 'set' }
    | { readonly kind: 'remove' }
    /** `update` is `rcheck` that notes the packet when it matches. */
    | {
        readonly kind: 'rcheck' | 'update';
        readonly seconds?: number;
        readonly hitCount?: number;
        /** Forget the address that was seen longest ago if that is more than `seconds`. */
        readonly reap?: boolean;
        /** The packet's TTL must be the one that was noted. */
        readonly ttl?: boolean;
      };
  /** Whose address; default the source's. */
  readonly side?: 'source' | 'destination';
  /** Of the address; default all of it. The first rule with the name says it for all. */
  readonly mask?: Ip;
  readonly invert?: boolean;
}
