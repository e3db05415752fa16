import type { Ipv4, Mac } from '@podpath/net';
import type { PeerName } from '../peer-name.ts';

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

/**
 * What is done with a frame. Output and tunnel are the kernel's part, once a flow tells it so; tunnels
 * have TOS 0, TTL 64, and DF set. Sleeve is the router's: it carries frames between peers by their names.
 */
export type FlowAction =
  | { readonly kind: 'output'; readonly vport: Vport }
  | { readonly kind: 'tunnel'; readonly vport: Vport; readonly tunnel: Tunnel }
  | ({ readonly kind: 'sleeve' } & SleeveLeg);

/** One hop of a frame in sleeve datagrams, and the peers that it is from and for. */
export interface SleeveLeg {
  readonly from: PeerName;
  readonly to: PeerName;
  readonly source: Ipv4;
  readonly destination: Ipv4;
}

/** How a frame came in: by a port, tunnelled when that port is the VXLAN one, or by sleeve. */
export type FlowIngress =
  | { readonly kind: 'port'; readonly vport: Vport; readonly tunnel?: Tunnel }
  | { readonly kind: 'sleeve'; readonly from: PeerName; readonly to: PeerName };

/**
 * Whether actions would send a frame back where it came from. Such a flow is neither carried out nor
 * installed: upstream takes it for a loop (router/fastdp.go).
 */
export const isHairpin = (ingress: FlowIngress, actions: readonly FlowAction[]): boolean => {
  if (ingress.kind === 'sleeve') return false;
  const { vport, tunnel } = ingress;
  return actions.some((action) => {
    if (action.kind === 'output') return action.vport === vport;
    return (
      action.kind === 'tunnel' &&
      tunnel !== undefined &&
      action.tunnel.vni === tunnel.vni &&
      action.tunnel.destination === tunnel.source
    );
  });
};
