import type { EthernetFrame, Ip, IpPacket, Mac } from '@podpath/net';
import type { Rule, TableName } from './netfilter/rule.ts';
import type { NftFamily } from './nftables/model/ruleset.ts';
import type { NftRule } from './nftables/model/statement.ts';

/**
 * How a packet ended. A closed list:
 * - `delivered`: a socket or the kernel (ping) took it.
 * - `refused`: it reached its destination, and nothing listens there (reset or port unreachable).
 * - `dropped`: discarded without a word; the last step says by what.
 * - `rejected`: a REJECT rule answered.
 * - `unreachable`: routing or neighbour resolution failed.
 * - `expired`: TTL or hop limit reached zero.
 * - `too-big`: larger than the MTU with DF set (or IPv6).
 * - `looped`: still moving after the limit of hops.
 * - `undecided`: it reached something that is not emulated, which is named; nobody can tell what follows.
 */
export type Outcome =
  | 'delivered'
  | 'refused'
  | 'dropped'
  | 'rejected'
  | 'unreachable'
  | 'expired'
  | 'too-big'
  | 'looped'
  | 'undecided';

/** One namespace that the packet passed, in order. */
export interface Hop {
  readonly namespace: string;
  readonly steps: readonly Step[];
}

/** What happened to the packet, in the order in which the kernel does it. */
export type Step = StepDetail & {
  /** Snapshot taken where the packet changed or crossed a device; bytes on a device carry the frame. */
  readonly packet?: IpPacket;
};

export type StepDetail =
  | { readonly kind: 'send'; readonly socket: string }
  | { readonly kind: 'receive'; readonly device: string; readonly frame?: EthernetFrame }
  | { readonly kind: 'transmit'; readonly device: string; readonly frame?: EthernetFrame }
  | {
      readonly kind: 'route';
      readonly table: number;
      readonly route: string;
      readonly device?: string;
      readonly via?: Ip;
      readonly source?: Ip;
    }
  | {
      readonly kind: 'rule';
      readonly table: TableName;
      readonly chain: string;
      /** From 1, as `iptables -L --line-numbers` counts. */
      readonly index: number;
      readonly rule: Rule;
    }
  | {
      readonly kind: 'policy';
      readonly table: TableName;
      readonly chain: string;
      readonly verdict: 'ACCEPT' | 'DROP';
    }
  | {
      readonly kind: 'nft-rule';
      readonly family: NftFamily;
      readonly table: string;
      readonly chain: string;
      /** From 1, in the order of the listing. */
      readonly index: number;
      readonly rule: NftRule;
    }
  | {
      readonly kind: 'nft-policy';
      readonly family: NftFamily;
      readonly table: string;
      readonly chain: string;
      readonly verdict: 'accept' | 'drop';
    }
  | {
      readonly kind: 'nat';
      readonly manipulation: 'source' | 'destination';
      readonly from: string;
      readonly to: string;
    }
  | { readonly kind: 'conntrack'; readonly state: string }
  | {
      readonly kind: 'neighbour';
      readonly device: string;
      readonly address: Ip;
      readonly mac: Mac;
      readonly how: 'permanent' | 'cached' | 'resolved';
    }
  | {
      readonly kind: 'bridge';
      readonly bridge: string;
      readonly decision: 'forward' | 'flood' | 'local';
      readonly ports: readonly string[];
    }
  | {
      readonly kind: 'encapsulate';
      readonly device: string;
      readonly protocol: TunnelProtocol;
      readonly overheadBytes: number;
    }
  | {
      readonly kind: 'decapsulate';
      readonly device: string;
      readonly protocol: TunnelProtocol;
    }
  | { readonly kind: 'deliver'; readonly socket: string }
  | {
      readonly kind: 'end';
      readonly outcome: Exclude<Outcome, 'delivered'>;
      readonly reason: string;
    };

/** `udp`: by a program in user space, in a format of its own. */
type TunnelProtocol = 'vxlan' | 'ipip' | 'sit' | 'ip6tnl' | 'wireguard' | 'udp';

/** A frame seen on a device, as tcpdump there would see it. */
export interface CapturedFrame {
  readonly namespace: string;
  readonly device: string;
  readonly direction: 'in' | 'out';
  /** Virtual time of the capture. */
  readonly timeNs: bigint;
  readonly frame: EthernetFrame;
}

/** What became of one probe. */
export interface PacketTrace {
  /** Of the request. */
  readonly outcome: Outcome;
  /** One sentence for people: what ended it, or where it was delivered. */
  readonly reason: string;
  readonly request: readonly Hop[];
  /** The answer's way back, when there was one. */
  readonly reply?: readonly Hop[];
  /** Of the answer: `delivered` when the asker got it, untranslated to what it expects. */
  readonly replyOutcome?: Outcome;
  /** What the call that sent the request failed with because a device would not take all of it. */
  readonly callError?: string;
  readonly captures: readonly CapturedFrame[];
}
