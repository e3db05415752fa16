import type { Ip, Prefix } from '@podpath/net';

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

/** Every match may be inverted with `!` where iptables allows it. */
export type Match =
  | { readonly kind: 'source'; readonly prefix: Prefix; readonly invert?: boolean }
  | { readonly kind: 'destination'; readonly prefix: Prefix; readonly invert?: boolean }
  /** A trailing `+` matches any device that begins so. */
  | { readonly kind: 'in-interface'; readonly name: string; readonly invert?: boolean }
  | { readonly kind: 'out-interface'; readonly name: string; readonly invert?: boolean }
  /** `tcp`, `udp`, `sctp`, `icmp`, `ipv6-icmp`, … or a number. */
  | { readonly kind: 'protocol'; readonly protocol: string | number; readonly invert?: boolean }
  /** `-m tcp --dport`, `-m udp --sport` …: needs a protocol match before it. Inclusive range. */
  | {
      readonly kind: 'port';
      readonly protocol: 'tcp' | 'udp' | 'sctp';
      readonly side: 'source' | 'destination';
      readonly first: number;
      readonly last: number;
      readonly invert?: boolean;
    }
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
      readonly ranges: readonly { readonly first: number; readonly last: number }[];
      readonly invert?: boolean;
    }
  /** `-m icmp --icmp-type` or `-m icmp6 --icmpv6-type`. */
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
      readonly invert?: boolean;
    }
  | {
      readonly kind: 'address-type';
      readonly source?: { readonly type: AddressType; readonly invert?: boolean };
      readonly destination?: { readonly type: AddressType; readonly invert?: boolean };
      readonly limitInterface?: 'in' | 'out';
    }
  /** Probability as a 31-bit threshold out of 2^31, which is what the kernel keeps. */
  | { readonly kind: 'statistic'; readonly mode: 'random'; readonly threshold: number }
  | {
      readonly kind: 'recent';
      readonly name: string;
      readonly action:
        | { readonly kind: 'set' }
        | { readonly kind: 'rcheck'; readonly seconds: number; readonly reap: boolean };
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
  | { readonly kind: 'comment'; readonly text: string };

export type ConntrackStateName =
  | 'NEW'
  | 'ESTABLISHED'
  | 'RELATED'
  | 'INVALID'
  | 'UNTRACKED'
  | 'SNAT'
  | 'DNAT';

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

export type Target =
  | { readonly kind: 'accept' }
  | { readonly kind: 'drop' }
  | { readonly kind: 'return' }
  | { readonly kind: 'jump'; readonly chain: string }
  | { readonly kind: 'goto'; readonly chain: string }
  | { readonly kind: 'reject'; readonly with: RejectType }
  /**
   * `--set-xmark value/mask`: clears the mask's bits, then xors the value. Value and mask are always
   * these two; `spelling` only remembers which of its shorthands the programmer wrote.
   */
  | {
      readonly kind: 'mark';
      readonly value: number;
      readonly mask: number;
      readonly spelling?: 'set-xmark' | 'set-mark' | 'or-mark' | 'xor-mark' | 'and-mark';
    }
  | { readonly kind: 'connmark-save' | 'connmark-restore'; readonly mask: number }
  | { readonly kind: 'dnat'; readonly address: Ip; readonly port?: number }
  | {
      readonly kind: 'snat';
      readonly address: Ip;
      readonly randomFully?: boolean;
      /** Source ports to choose from; absent: any of the old port's class. */
      readonly ports?: { readonly first: number; readonly last: number };
    }
  | {
      readonly kind: 'masquerade';
      readonly randomFully?: boolean;
      readonly ports?: { readonly first: number; readonly last: number };
    }
  | { readonly kind: 'notrack' }
  | { readonly kind: 'log'; readonly prefix: string; readonly level?: number }
  | {
      readonly kind: 'nflog';
      readonly group: number;
      readonly prefix?: string;
      /** Bytes of each packet to copy out. */
      readonly sizeBytes?: number;
    };

export type RejectType =
  | 'icmp-net-unreachable'
  | 'icmp-host-unreachable'
  | 'icmp-proto-unreachable'
  | 'icmp-port-unreachable'
  | 'icmp-net-prohibited'
  | 'icmp-host-prohibited'
  | 'icmp-admin-prohibited'
  | 'icmp6-no-route'
  | 'icmp6-adm-prohibited'
  | 'icmp6-addr-unreachable'
  | 'icmp6-port-unreachable'
  | 'tcp-reset';

export type IpsetType = 'hash:ip' | 'hash:net' | 'hash:ip,port' | 'list:set';

export type IpsetEntry =
  | { readonly kind: 'ip'; readonly address: Ip }
  | { readonly kind: 'net'; readonly prefix: Prefix; readonly nomatch?: boolean }
  | {
      readonly kind: 'ip,port';
      readonly address: Ip;
      readonly protocol: 'tcp' | 'udp' | 'sctp';
      readonly port: number;
    }
  | { readonly kind: 'set'; readonly name: string };
