import type { Ip, Ipv4, Ipv6, Mac } from '@podpath/net';

/** `ip link add`. A veth's peer may be born in another namespace, which must exist. */
export type LinkAdd = {
  readonly kind: 'link-add';
  readonly name: string;
  readonly mac?: Mac;
  readonly mtuBytes?: number;
} & (
  | { readonly type: 'bridge'; readonly ageingMs?: number }
  | {
      readonly type: 'veth';
      readonly peer: {
        readonly name: string;
        readonly namespace?: string;
        readonly mac?: Mac;
        readonly mtuBytes?: number;
      };
    }
  | VxlanAdd
  | IpipAdd
  | SitAdd
  | Ip6tnlAdd
  | { readonly type: 'dummy' }
  /** Its other end is a program, which takes packets or frames: see `Network.attachProgram`. */
  | { readonly type: 'tun'; readonly mode: 'tun' | 'tap' }
  /** What it is to do, `wg` says. */
  | { readonly type: 'wireguard' }
  /** A device that is not emulated. What is sent by it, or received by its members, comes to no known end. */
  | { readonly type: 'opaque'; readonly deviceType: string }
);

/** Frames in UDP. */
interface VxlanAdd {
  readonly type: 'vxlan';
  /** 24 bits. */
  readonly vni: number;
  readonly local?: Ip;
  /** Where frames go that no entry says otherwise of: a default entry of the FDB. One host's, of the family of `local`. */
  readonly remote?: Ip;
  /** Underlay device. */
  readonly dev?: string;
  readonly port: number;
  /** From which source ports are drawn, the last one left out. Default: those of sockets. */
  readonly sourcePorts?: { readonly first: number; readonly last: number };
  readonly learning: boolean;
  /** How long a learned entry lives. Default 300. */
  readonly ageingSeconds?: number;
  /** Of the outer packet; 0 for what is usual. Default 0. */
  readonly ttl?: number | 'inherit';
  /** Of the outer packet, congestion bits apart. Default 0. */
  readonly tos?: number | 'inherit';
  /** Whether outer packets of IPv4 forbid their fragmentation. Default `unset`. */
  readonly df?: 'unset' | 'set' | 'inherit';
  /** Of outer packets of IPv6. Default 0. */
  readonly flowLabel?: number;
  /** Whether outer datagrams over IPv4 have checksums. Default true. */
  readonly udpChecksum?: boolean;
  /** Whether those over IPv6 have none. Default false. */
  readonly noUdpChecksumIpv6?: boolean;
}

/** What tunnels through IPv4 have in common. */
interface Ipv4Tunnel {
  readonly local?: Ipv4;
  /** Far end of all packets. Absent: the next hop of each packet's route. */
  readonly remote?: Ipv4;
  /** Underlay device. */
  readonly dev?: string;
  /** Of the outer packet. Default 0: that of the packet carried. */
  readonly ttl?: number;
  /** Of the outer packet, congestion bits apart. Default 0. */
  readonly tos?: number | 'inherit';
  /** Whether outer packets forbid their fragmentation. Default true. */
  readonly pathMtuDiscovery?: boolean;
  /** The mark by which the way to the far end is looked for. Default 0. */
  readonly fwmark?: number;
}

/** IPv4 in IPv4. `any` would carry MPLS too. */
interface IpipAdd extends Ipv4Tunnel {
  readonly type: 'ipip';
  /** Default `ipip`. */
  readonly mode?: 'ipip' | 'any';
}

/** IPv6 in IPv4, or both in IPv4. */
interface SitAdd extends Ipv4Tunnel {
  readonly type: 'sit';
  /** Default `ip6ip`. */
  readonly mode?: 'ip6ip' | 'ipip' | 'any';
}

/** IPv6, IPv4 or both in IPv6. */
interface Ip6tnlAdd {
  readonly type: 'ip6tnl';
  /** Without it the tunnel only receives. */
  readonly local?: Ipv6;
  /** Absent: the IPv6 next hop of each packet's route. */
  readonly remote?: Ipv6;
  /** Underlay device. */
  readonly dev?: string;
  /** Default `any`. */
  readonly mode?: 'ip6ip6' | 'ipip6' | 'any';
  /** Of the outer packet; 0: that of the packet carried. Default 64. */
  readonly hopLimit?: number;
  /** How many tunnels more a packet may enter inside this one (RFC 2473, 4.1.1), written into each. Default 4. */
  readonly encapLimit?: number | 'none';
  /** Of the outer packet, congestion bits apart. Default 0. */
  readonly trafficClass?: number | 'inherit';
  /** Of the outer packet. Default 0: one drawn from its ends. */
  readonly flowLabel?: number | 'inherit';
  /** Packets leave the tunnel with the traffic class of the outer packet. Default false. */
  readonly copyDscp?: boolean;
  /** Both ends may be on this host. Default false. */
  readonly allowLocalRemote?: boolean;
  /** The mark by which the way to the far end is looked for. Default 0. */
  readonly fwmark?: number | 'inherit';
}

/** `ip link set` and, for a bridge port, `bridge link set`. Fields are applied in this order. */
export interface LinkSet {
  readonly kind: 'link-set';
  readonly dev: string;
  readonly mac?: Mac;
  readonly mtuBytes?: number;
  /** Bridge to enslave to; `null` frees it. */
  readonly master?: string | null;
  readonly hairpin?: boolean;
  readonly isolated?: boolean;
  readonly learning?: boolean;
  /** Frames for unicast addresses that nobody has been seen at. */
  readonly flood?: boolean;
  readonly broadcastFlood?: boolean;
  readonly groupFlood?: boolean;
  /** Of the spanning tree, which is not emulated: `blocking` is `forwarding` without one. */
  readonly state?: 'disabled' | 'listening' | 'learning' | 'forwarding' | 'blocking';
  readonly up?: boolean;
}

export interface LinkDelete {
  readonly kind: 'link-delete';
  readonly dev: string;
}
