import type { Ipv4, Mac } from '@podpath/net';

/** A port of the Open vSwitch datapath, by its name. */
export type Vport = string;

/** The addresses of a tunnelled frame: its VNI and the nodes at both ends. */
export interface Tunnel {
  readonly vni: number;
  readonly source: Ipv4;
  readonly destination: Ipv4;
}

/** What the kernel matches of a frame before it knows what to do: nothing else is looked at. */
export type FlowKey =
  | { readonly kind: 'in-port'; readonly vport: Vport }
  | ({ readonly kind: 'tunnel' } & Tunnel)
  | { readonly kind: 'ethernet'; readonly source: Mac; readonly destination: Mac };

/** What the kernel does with a frame that matches. Tunnels have TOS 0, TTL 64, and DF set. */
export type FlowAction =
  | { readonly kind: 'output'; readonly vport: Vport }
  | { readonly kind: 'tunnel'; readonly vport: Vport; readonly tunnel: Tunnel };

/** A frame came in by a port; with a tunnel when that port is the VXLAN one. */
export interface FlowIngress {
  readonly vport: Vport;
  readonly tunnel?: Tunnel;
}

/**
 * Whether actions would send a frame back where it came from. Such a flow is neither carried out nor
 * installed: upstream takes it for a loop (router/fastdp.go).
 */
export const isHairpin = (
  { vport, tunnel }: FlowIngress,
  actions: readonly FlowAction[],
): boolean =>
  actions.some((action) => {
    if (action.kind === 'output') return action.vport === vport;
    return (
      tunnel !== undefined &&
      action.tunnel.vni === tunnel.vni &&
      action.tunnel.destination === tunnel.source
    );
  });
