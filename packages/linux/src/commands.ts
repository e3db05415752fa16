import type { InterfaceAddress, Ip, IpFamily, Mac, Prefix } from '@podpath/net';
import type { LinkAdd, LinkDelete, LinkSet } from './link-commands.ts';
import type { BuiltinPolicy, IpsetEntry, IpsetType, Rule, TableName } from './netfilter/rule.ts';
import type { NftCommand } from './nftables/model/command.ts';
import type { WireguardCommand } from './wireguard-commands.ts';

export type { LinkAdd, LinkDelete, LinkSet } from './link-commands.ts';

/**
 * What a plugin programs, as data. The same list is applied to an emulated namespace, printed as the
 * text that the real tools read, and carried out in a real namespace.
 */
export type Command =
  | LinkAdd
  | LinkSet
  | LinkDelete
  | AddressAdd
  | AddressDelete
  | RouteChange
  | RuleChange
  | NeighbourChange
  | FdbChange
  | SysctlSet
  | IptablesCommand
  | IpsetCommand
  | ConntrackCommand
  | NftCommand
  | WireguardCommand;

/** Commands for one namespace, in order. */
export interface Program {
  readonly namespace: string;
  readonly commands: readonly Command[];
}

/** `ip address add`: adds the local route, and the connected and broadcast routes that follow from it. */
export interface AddressAdd {
  readonly kind: 'address-add';
  readonly dev: string;
  readonly address: InterfaceAddress;
  readonly scope?: 'global' | 'link' | 'host';
}

export interface AddressDelete {
  readonly kind: 'address-delete';
  readonly dev: string;
  readonly address: InterfaceAddress;
}

export type RouteType =
  | 'unicast'
  | 'local'
  | 'broadcast'
  | 'blackhole'
  | 'unreachable'
  | 'prohibit'
  | 'throw';

/** A FIB entry as `ip route` describes it. */
export interface RouteSpec {
  readonly type?: RouteType;
  readonly dst: Prefix;
  /** Type of service, for packets that have it alone. IPv4 only; 0 is for all. */
  readonly tos?: number;
  readonly via?: Ip;
  readonly dev?: string;
  readonly onlink?: boolean;
  readonly src?: Ip;
  readonly scope?: 'global' | 'link' | 'host';
  /** Name or number of the routing protocol: `kernel`, `boot`, `80`. */
  readonly protocol?: string;
  /** IPv4 default 0, IPv6 default 1024. Lower wins. */
  readonly metric?: number;
  readonly mtuBytes?: number;
  /** 254 is main, 255 local. Default 254. */
  readonly table?: number;
  /** Several next hops, in place of `via`, `dev` and `onlink`. */
  readonly nexthops?: readonly NextHopSpec[];
}

/** One of a route's next hops, as `ip route … nexthop` describes it. */
export interface NextHopSpec {
  readonly via?: Ip;
  readonly dev?: string;
  readonly onlink?: boolean;
  /** 1 to 256. Default 1. */
  readonly weight?: number;
}

export interface RouteChange {
  readonly kind: 'route-add' | 'route-append' | 'route-replace' | 'route-delete';
  readonly route: RouteSpec;
}

/** A policy routing rule as `ip rule` describes it. */
export interface RuleSpec {
  readonly family: IpFamily;
  readonly priority: number;
  readonly not?: boolean;
  readonly from?: Prefix;
  readonly to?: Prefix;
  readonly fwmark?: { readonly value: number; readonly mask: number };
  readonly iif?: string;
  readonly oif?: string;
  /** Type of service or traffic class. */
  readonly tos?: number;
  /** IP protocol number. */
  readonly protocol?: number;
  readonly sourcePorts?: RulePorts;
  readonly destinationPorts?: RulePorts;
  readonly action:
    | {
        readonly kind: 'lookup';
        readonly table: number;
        /** Routes of prefixes of at most this length do not count. */
        readonly suppressPrefixLength?: number;
      }
    /** On with the first rule of that priority, if there is one. */
    | { readonly kind: 'goto'; readonly priority: number }
    | { readonly kind: 'nop' }
    | { readonly kind: 'blackhole' | 'unreachable' | 'prohibit' };
}

/** From 1 to 65534, both ends included. */
export interface RulePorts {
  readonly first: number;
  readonly last: number;
}

export interface RuleChange {
  readonly kind: 'rule-add' | 'rule-delete';
  readonly rule: RuleSpec;
}

/** `ip neighbour replace … nud permanent` and its deletion. */
export type NeighbourChange =
  | {
      readonly kind: 'neighbour-replace';
      readonly dev: string;
      readonly address: Ip;
      readonly mac: Mac;
      readonly state: 'permanent' | 'noarp' | 'reachable';
    }
  | { readonly kind: 'neighbour-delete'; readonly dev: string; readonly address: Ip }
  /** `ip neighbour add|delete proxy`: a router answers for an address that is elsewhere. */
  | {
      readonly kind: 'neighbour-proxy-add' | 'neighbour-proxy-delete';
      readonly dev: string;
      readonly address: Ip;
    };

/**
 * Entries are learned anew, and age, only when they are dynamic. A bridge's permanent ones are addresses of its own; of its
 * static ones the port is learned anew.
 */
export type FdbLife = 'permanent' | 'static' | 'dynamic';

/** `bridge fdb`: with `dst` an entry of a vxlan device (`self`), without it an entry of a bridge port (`master`). */
export type FdbChange =
  | {
      readonly kind: 'fdb-append' | 'fdb-replace';
      readonly dev: string;
      readonly mac: Mac;
      readonly dst?: Ip;
      readonly life: FdbLife;
    }
  | { readonly kind: 'fdb-delete'; readonly dev: string; readonly mac: Mac; readonly dst?: Ip };

/** `sysctl -w key=value`, the key with dots as in `net.ipv4.ip_forward`; a device name keeps its own dots as `/`. */
export interface SysctlSet {
  readonly kind: 'sysctl';
  readonly key: string;
  readonly value: number;
}

/** One line of `iptables-restore --noflush` (family 4) or `ip6tables-restore` (family 6). */
export type IptablesCommand = {
  readonly kind: 'iptables';
  readonly family: IpFamily;
  readonly table: TableName;
} & (
  | { readonly op: 'new-chain'; readonly chain: string }
  | { readonly op: 'flush-chain'; readonly chain: string }
  | { readonly op: 'delete-chain'; readonly chain: string }
  | {
      readonly op: 'policy';
      readonly chain: string;
      readonly policy: BuiltinPolicy;
      readonly counters?: Counters;
    }
  | {
      readonly op: 'append';
      readonly chain: string;
      readonly rule: Rule;
      readonly counters?: Counters;
    }
  /** `index` counts from 1, as in `-I CHAIN 1`. */
  | { readonly op: 'insert'; readonly chain: string; readonly index: number; readonly rule: Rule }
  | { readonly op: 'delete'; readonly chain: string; readonly rule: Rule }
);

/** What a rule or a policy has counted so far. Absent where a command may have them: nothing. */
export interface Counters {
  readonly packets: number;
  readonly bytes: number;
}

/** One line of `ipset restore`; `exist` is `-exist`: what is so already, or gone already, is no error. */
export type IpsetCommand = { readonly kind: 'ipset'; readonly set: string } & (
  | {
      readonly op: 'create';
      readonly type: IpsetType;
      /** Of no meaning to bitmap:port and list:set. */
      readonly family: IpFamily;
      /** Of a hash; the printed size of a list. */
      readonly maxElements?: number;
      /** Buckets of a hash at first, rounded up to a power of two. Default 1024. */
      readonly hashSize?: number;
      /** Of the kernel's hash, which decides when it grows. Default: one that follows from the name. */
      readonly initval?: number;
      /** Of bitmap:port, which must have one. */
      readonly range?: { readonly first: number; readonly last: number };
      /** Members may have timeouts; 0: they stay unless they say so. */
      readonly timeoutSeconds?: number;
      readonly counters?: boolean;
      readonly comment?: boolean;
      readonly exist?: boolean;
    }
  | {
      readonly op: 'add';
      readonly entry: IpsetEntry;
      readonly comment?: string;
      readonly timeoutSeconds?: number;
      readonly packets?: number;
      readonly bytes?: number;
      readonly exist?: boolean;
    }
  | {
      readonly op: 'delete';
      readonly entry: IpsetEntry;
      readonly comment?: string;
      readonly exist?: boolean;
    }
  | { readonly op: 'flush' | 'destroy' }
  | { readonly op: 'swap'; readonly with: string }
);

/**
 * `conntrack -D`: ends the connections of which all is true that is given; that there are none is no error. Ports need
 * a protocol that has them.
 */
export interface ConntrackCommand {
  readonly kind: 'conntrack';
  readonly op: 'delete';
  readonly family: IpFamily;
  readonly protocol?: string | number;
  readonly originalSource?: Ip;
  readonly originalDestination?: Ip;
  readonly replySource?: Ip;
  readonly replyDestination?: Ip;
  readonly originalSourcePort?: number;
  readonly originalDestinationPort?: number;
  readonly replySourcePort?: number;
  readonly replyDestinationPort?: number;
  readonly mark?: { readonly value: number; readonly mask: number };
  readonly zone?: number;
}
