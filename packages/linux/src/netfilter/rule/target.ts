import type { Ip } from '@podpath/net';
import type { PortRange } from './header-match.ts';

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
  /** `CONNMARK --set-xmark value/mask`, of the connection. */
  | { readonly kind: 'connmark-set'; readonly value: number; readonly mask: number }
  /** Copies the bits of the connection's mark under `mask` and the packet's under `packetMask` (default the same). */
  | {
      readonly kind: 'connmark-save' | 'connmark-restore';
      readonly mask: number;
      readonly packetMask?: number;
    }
  | NatTarget
  | { readonly kind: 'notrack' }
  /** `CT`: what conntrack is to do with the packet. */
  | {
      readonly kind: 'ct';
      readonly notrack?: boolean;
      /** Connections of one zone know nothing of another's; `mark` takes the packet's mark. */
      readonly zone?: number | 'mark';
      /** The zone counts in this direction only. */
      readonly zoneDirection?: 'original' | 'reply';
      /** Not emulated: a rule with a helper is refused. */
      readonly helper?: string;
    }
  /** `TCPMSS`: lowers the largest segment size that a SYN announces. */
  | { readonly kind: 'tcp-mss'; readonly mss: number | 'path-mtu' }
  /** `DSCP --set-dscp`: 0 to 63. */
  | { readonly kind: 'dscp'; readonly value: number }
  /** `TOS --set-tos value/mask`: clears the mask's bits of the whole byte, then xors the value. */
  | { readonly kind: 'tos'; readonly value: number; readonly mask: number }
  /** `SET --add-set` and `--del-set`: puts fields of the packet in a set, or takes them out. */
  | {
      readonly kind: 'set';
      readonly op: 'add' | 'delete';
      readonly set: string;
      readonly directions: readonly ('src' | 'dst')[];
      /** What is in the set already lives on for as long as if it were new. */
      readonly exist?: boolean;
      /** Default that of the set. */
      readonly timeoutSeconds?: number;
    }
  | { readonly kind: 'log'; readonly prefix: string; readonly level?: number }
  | {
      readonly kind: 'nflog';
      readonly group: number;
      readonly prefix?: string;
      /** Bytes of each packet to copy out. */
      readonly sizeBytes?: number;
    }
  /**
   * A target that is not emulated, or not with these options, in iptables-save's words. It is printed; what becomes
   * of a packet that meets it nobody can tell.
   */
  | { readonly kind: 'opaque'; readonly name: string; readonly options: string };

/** `--random` and `--random-fully` both draw the port even if the old one is free. */
export type NatTarget =
  | {
      readonly kind: 'dnat';
      /** Absent: as it is. Then there are ports. */
      readonly address?: Ip;
      /** Of a range that starts with `address`: flows are spread over it. */
      readonly lastAddress?: Ip;
      readonly port?: number;
      /** Of a range that starts with `port`. */
      readonly lastPort?: number;
      /** Maps port to port: `basePort` becomes `port`, and so on. */
      readonly basePort?: number;
      readonly random?: boolean;
      /** A client gets the same address of the range for all its destinations. */
      readonly persistent?: boolean;
    }
  | {
      readonly kind: 'snat';
      /** Absent: as it is. Then there are ports. */
      readonly address?: Ip;
      readonly lastAddress?: Ip;
      readonly random?: boolean;
      readonly randomFully?: boolean;
      readonly persistent?: boolean;
      /** Source ports to choose from; absent: any of the old port's class. */
      readonly ports?: PortRange;
    }
  | {
      readonly kind: 'masquerade';
      readonly random?: boolean;
      readonly randomFully?: boolean;
      readonly ports?: PortRange;
    }
  /** To this host: the first address of the device that the packet came in by, or loopback for its own packets. */
  | { readonly kind: 'redirect'; readonly ports?: PortRange; readonly random?: boolean };

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
  | 'icmp6-policy-fail'
  | 'icmp6-reject-route'
  | 'tcp-reset';
