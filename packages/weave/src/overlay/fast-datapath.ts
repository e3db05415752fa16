import { type Ipv4, isMulticastMac, type Mac } from '@podpath/net';
import type { PeerName } from '../peer-name.ts';
import { type FlowAction, type FlowIngress, type FlowKey, isHairpin, type Vport } from './flow.ts';
import { MacCache } from './mac-cache.ts';
import type { Mesh } from './mesh.ts';
import { PortTable } from './port-table.ts';
import type { ShortId } from './short-ids.ts';
import { tunnelDestination, tunnelId, tunnelSource } from './tunnel-id.ts';

/** What a peer has to know of others to send to them. */
export interface PeerDirectory {
  shortIdOf(peer: PeerName): ShortId | undefined;
  byShortId(id: ShortId): PeerName | undefined;
  /** Address of its node. */
  addressOf(peer: PeerName): Ipv4 | undefined;
}

export interface FastDatapathOptions {
  readonly self: PeerName;
  readonly directory: PeerDirectory;
  readonly mesh: Mesh;
  readonly tunnelPort: Vport;
  /** The datapath's other ports. */
  readonly ports: readonly Vport[];
}

/** What the kernel is told about one frame. */
export type FlowDecision =
  | {
      readonly kind: 'actions';
      readonly actions: readonly FlowAction[];
      readonly keys: readonly FlowKey[];
      /** Frames that match from now on do not come to user space. */
      readonly installed: boolean;
    }
  | { readonly kind: 'drop'; readonly reason: string };

/** The router's own port of the bridge in user space. */
const ROUTER = Symbol('router');
const SPANNING_TREE_MAC: Mac = 0x0180_c200_0000;

/**
 * Weave's fast data path: the half in user space, to which the Open vSwitch datapath gives every frame
 * that it has no flow for (weave, router/fastdp.go and router/network_router.go).
 */
export class FastDatapath {
  readonly #options: FastDatapathOptions;
  readonly #peerByMac = new MacCache();
  readonly #portByMac = new PortTable<Vport | typeof ROUTER>();

  constructor(options: FastDatapathOptions) {
    this.#options = options;
  }

  /** Decides about a frame by its addresses, and learns from it. */
  decide(ingress: FlowIngress, source: Mac, destination: Mac, nowMs: number): FlowDecision {
    this.#peerByMac.sweep(nowMs);
    const decision =
      ingress.tunnel === undefined
        ? this.#fromPort(ingress.vport, source, destination, nowMs)
        : this.#fromTunnel(ingress.vport, ingress.tunnel, source, destination, nowMs);
    if (decision.kind === 'actions' && isHairpin(ingress, decision.actions)) {
      return { kind: 'drop', reason: 'it would go back where it came from' };
    }
    return decision;
  }

  #fromPort(vport: Vport, source: Mac, destination: Mac, nowMs: number): FlowDecision {
    const bridged = this.#bridge(vport, source, destination, nowMs);
    const actions: FlowAction[] = bridged.ports.map((port) => ({ kind: 'output', vport: port }));
    if (bridged.toRouter) {
      const captured = this.#capture(source, destination, nowMs);
      if (typeof captured === 'string') {
        if (actions.length === 0) return { kind: 'drop', reason: captured };
      } else actions.push(...captured);
    }
    const keys: FlowKey[] = [
      { kind: 'in-port', vport },
      { kind: 'ethernet', source, destination },
    ];
    return { kind: 'actions', actions, keys, installed: bridged.installable };
  }

  #fromTunnel(
    vport: Vport,
    tunnel: NonNullable<FlowIngress['tunnel']>,
    source: Mac,
    destination: Mac,
    nowMs: number,
  ): FlowDecision {
    const { self, directory, mesh } = this.#options;
    const from = directory.byShortId(tunnelSource(tunnel.vni));
    const to = directory.byShortId(tunnelDestination(tunnel.vni));
    if (from === undefined || to === undefined) {
      return { kind: 'drop', reason: 'no peer is known by the short IDs in the VNI' };
    }
    const keys: FlowKey[] = [
      { kind: 'in-port', vport },
      { kind: 'tunnel', ...tunnel },
    ];
    if (to !== self) {
      const hop = mesh.nextHop(self, to);
      const relayed = hop === undefined ? undefined : this.#tunnelVia(hop, tunnel.vni);
      if (relayed === undefined) return { kind: 'drop', reason: 'no way to the peer it is for' };
      return { kind: 'actions', actions: [relayed], keys, installed: true };
    }
    this.#peerByMac.force(source, from, nowMs);
    const bridged = this.#bridge(ROUTER, source, destination, nowMs);
    const actions: FlowAction[] = bridged.ports.map((port) => ({ kind: 'output', vport: port }));
    if (this.#peerByMac.lookup(destination) !== self) actions.push(...this.#broadcast(from));
    keys.push({ kind: 'ethernet', source, destination });
    return { kind: 'actions', actions, keys, installed: bridged.installable };
  }

  /** The bridge in user space, of which the router is one port. */
  #bridge(
    from: Vport | typeof ROUTER,
    source: Mac,
    destination: Mac,
    nowMs: number,
  ): { ports: readonly Vport[]; toRouter: boolean; installable: boolean } {
    this.#portByMac.learn(source, from, nowMs);
    const known = this.#portByMac.get(destination, nowMs);
    if (known === ROUTER) return { ports: [], toRouter: from !== ROUTER, installable: true };
    if (known !== undefined) return { ports: [known], toRouter: false, installable: true };
    return {
      ports: this.#options.ports.filter((port) => port !== from),
      toRouter: from !== ROUTER,
      installable: isMulticastMac(destination),
    };
  }

  /** A frame of this node, to be sent to others: the actions, or why it is not sent. */
  #capture(source: Mac, destination: Mac, nowMs: number): FlowAction[] | string {
    const { self, directory, mesh } = this.#options;
    const conflict = this.#peerByMac.add(source, self, nowMs);
    if (conflict !== undefined) return 'the source address belongs to another peer';
    if (destination === SPANNING_TREE_MAC) return 'spanning tree frames are not passed on';
    const owner = this.#peerByMac.lookup(destination);
    if (owner === self) return 'the destination is on this node';
    if (owner === undefined) return this.#broadcast(self);
    const hop = mesh.nextHop(self, owner);
    const sourceId = directory.shortIdOf(self);
    const ownerId = directory.shortIdOf(owner);
    if (hop === undefined) return 'no way to the peer that has the destination';
    if (sourceId === undefined || ownerId === undefined) return NO_SHORT_ID;
    const sent = this.#tunnelVia(hop, tunnelId(sourceId, ownerId));
    return sent === undefined ? 'the next peer has no IPv4 address' : [sent];
  }

  /** A copy to each neighbour that is next for broadcasts of a peer. Each sees itself as the destination. */
  #broadcast(origin: PeerName): FlowAction[] {
    const { self, directory, mesh } = this.#options;
    const originId = directory.shortIdOf(origin);
    const actions: FlowAction[] = [];
    for (const hop of mesh.broadcastHops(self, origin)) {
      const hopId = directory.shortIdOf(hop);
      if (originId === undefined || hopId === undefined) continue;
      const sent = this.#tunnelVia(hop, tunnelId(originId, hopId));
      if (sent !== undefined) actions.push(sent);
    }
    return actions;
  }

  #tunnelVia(hop: PeerName, vni: number): FlowAction | undefined {
    const { self, directory, tunnelPort } = this.#options;
    const source = directory.addressOf(self);
    const destination = directory.addressOf(hop);
    if (source === undefined || destination === undefined) return undefined;
    return { kind: 'tunnel', vport: tunnelPort, tunnel: { vni, source, destination } };
  }
}

const NO_SHORT_ID =
  'one of the peers has no short ID: only the sleeve overlay could carry it, which is not emulated';
