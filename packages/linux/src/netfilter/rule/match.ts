import type { Mac, Prefix } from '@podpath/net';
import type { ConnectionMatch, ConntrackStateName } from './connection-match.ts';
import type { HeaderMatch, PortRange } from './header-match.ts';
import type { HashlimitMatch, LimitMatch, RecentMatch, StatisticMatch } from './rate-match.ts';

/**
 * Something that a packet has to be for a rule to apply. Every match may be inverted with `!` where
 * iptables allows it.
 */
export type Match =
  | HeaderMatch
  | ConnectionMatch
  | LimitMatch
  | HashlimitMatch
  | StatisticMatch
  | RecentMatch
  | { readonly kind: 'source'; readonly prefix: Prefix; readonly invert?: boolean }
  | { readonly kind: 'destination'; readonly prefix: Prefix; readonly invert?: boolean }
  /** A trailing `+` matches any device that begins so. */
  | { readonly kind: 'in-interface'; readonly name: string; readonly invert?: boolean }
  | { readonly kind: 'out-interface'; readonly name: string; readonly invert?: boolean }
  /** `tcp`, `udp`, `sctp`, `icmp`, `ipv6-icmp`, … or a number. */
  | { readonly kind: 'protocol'; readonly protocol: string | number; readonly invert?: boolean }
  /** `-f`, IPv4 only: a fragment other than the first. */
  | { readonly kind: 'fragment'; readonly invert?: boolean }
  /** `-m tcp --dport`, `-m udp --sport` …: needs a protocol match before it. Inclusive range. */
  | ({
      readonly kind: 'port';
      readonly protocol: 'tcp' | 'udp' | 'sctp';
      readonly side: 'source' | 'destination';
      readonly invert?: boolean;
    } & PortRange)
  /** Loads `-m tcp` without testing anything, as kube-proxy writes `-m tcp -p tcp`. */
  | { readonly kind: 'protocol-module'; readonly protocol: 'tcp' | 'udp' | 'sctp' }
  | {
      readonly kind: 'tcp-flags';
      readonly mask: number;
      readonly compare: number;
      readonly invert?: boolean;
    }
  | {
      readonly kind: 'multiport';
      readonly side: 'source' | 'destination' | 'either';
      readonly ranges: readonly PortRange[];
      readonly invert?: boolean;
    }
  /** `-m icmp --icmp-type` or `-m icmp6 --icmpv6-type`. Of IPv4, type 255 is any. */
  | {
      readonly kind: 'icmp';
      readonly version: 4 | 6;
      readonly type: number;
      readonly code?: number;
      readonly invert?: boolean;
    }
  | {
      readonly kind: 'mark';
      readonly value: number;
      readonly mask: number;
      readonly invert?: boolean;
    }
  | {
      readonly kind: 'connmark';
      readonly value: number;
      readonly mask: number;
      readonly invert?: boolean;
    }
  | {
      readonly kind: 'conntrack';
      /** `state` prints the older `-m state --state`. */
      readonly module: 'conntrack' | 'state';
      readonly states: readonly ConntrackStateName[];
      readonly invert?: boolean;
    }
  /** One direction per dimension of the set. */
  | {
      readonly kind: 'set';
      readonly set: string;
      readonly directions: readonly ('src' | 'dst')[];
      /** Of no meaning to a set without counters. */
      readonly counters?: SetCounterOptions;
      readonly invert?: boolean;
    }
  /** `-m owner`: the process whose socket a packet of this host comes from. All that is given has to fit. */
  | {
      readonly kind: 'owner';
      readonly uid?: OwnerRange;
      readonly gid?: OwnerRange;
      /** Inverted: of no socket, as what others sent. */
      readonly socketExists?: { readonly invert?: boolean };
    }
  /** `-m u32`: 32-bit words of the packet, found by offsets, masks and shifts. */
  | { readonly kind: 'u32'; readonly tests: readonly U32Test[]; readonly invert?: boolean }
  /** `-m nfacct`: counts for others to read. The accounting object is taken to have no quota, so that it always matches. */
  | { readonly kind: 'nfacct'; readonly name: string }
  | {
      readonly kind: 'address-type';
      readonly source?: AddressTypes;
      readonly destination?: AddressTypes;
      readonly limitInterface?: 'in' | 'out';
    }
  | {
      readonly kind: 'physdev';
      readonly isBridged?: boolean;
      readonly isIn?: boolean;
      readonly isOut?: boolean;
      readonly in?: string;
      readonly out?: string;
      readonly invertIn?: boolean;
      readonly invertOut?: boolean;
    }
  /** Passes when the source would be routed back by the way it came; Felix inverts it. */
  | {
      readonly kind: 'rpfilter';
      readonly validMark?: boolean;
      readonly loose?: boolean;
      readonly invert?: boolean;
    }
  /** The Ethernet source; never matches what did not come by an Ethernet device. */
  | { readonly kind: 'mac'; readonly mac: Mac; readonly invert?: boolean }
  /** How the frame was addressed. */
  | {
      readonly kind: 'packet-type';
      readonly type: 'unicast' | 'broadcast' | 'multicast';
      readonly invert?: boolean;
    }
  /** `-m policy`: whether IPsec handles the packet, which it never does here. */
  | {
      readonly kind: 'policy';
      readonly direction: 'in' | 'out';
      readonly policy: 'none' | 'ipsec';
    }
  | { readonly kind: 'comment'; readonly text: string }
  /**
   * A match that is not emulated, or not with these options, in iptables-save's words. It is printed; what becomes of
   * a packet that it decides on nobody can tell. `why` names it for people when the module alone would not.
   */
  | {
      readonly kind: 'opaque';
      readonly module: string;
      readonly options: string;
      readonly why?: string;
    };

/** What a set's match asks of the counters of the member that it found. */
export interface SetCounterOptions {
  /** `! --update-counters`: this packet does not count. */
  readonly keepsCounters?: boolean;
  /** `! --update-subcounters`: nor does it in the sets that a list names. */
  readonly keepsSubcounters?: boolean;
  readonly packets?: CounterTest;
  readonly bytes?: CounterTest;
}

export interface CounterTest {
  readonly compare: 'equal' | 'unequal' | 'less' | 'greater';
  readonly value: number;
}

/** Numbers of users or groups, inclusive. */
export interface OwnerRange {
  readonly first: number;
  readonly last: number;
  readonly invert?: boolean;
}

/** The word at `offset`, changed step by step, has to lie in one of the ranges. */
export interface U32Test {
  readonly offset: number;
  readonly steps: readonly {
    /** `@`: go on from what was found so far, at another offset. */
    readonly operator: '&' | '<<' | '>>' | '@';
    readonly operand: number;
  }[];
  /** Inclusive. */
  readonly ranges: readonly { readonly first: number; readonly last: number }[];
}

interface AddressTypes {
  /** One of several suffices. */
  readonly type: AddressType | readonly AddressType[];
  readonly invert?: boolean;
}

export type AddressType =
  | 'LOCAL'
  | 'UNICAST'
  | 'BROADCAST'
  | 'MULTICAST'
  | 'ANYCAST'
  | 'UNSPEC'
  | 'BLACKHOLE'
  | 'UNREACHABLE'
  | 'PROHIBIT';
