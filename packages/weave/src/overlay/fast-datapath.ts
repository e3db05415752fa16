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

/** What is done with one frame. */
export type FlowDecision =
  | {
      readonly kind: 'actions';
      readonly actions: readonly FlowAction[];
      readonly keys: readonly FlowKey[];
      /** The kernel does the same with frames that match from now on, without asking. */
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
    const decision = this.#decide(ingress, source, destination, nowMs);
    if (decision.kind === 'actions' && isHairpin(ingress, decision.actions)) {
      return { kind: 'drop', reason: 'it would go back where it came from' };
    }
    return decision;
  }

  #decide(ingress: FlowIngress, source: Mac, destination: Mac, nowMs: number): FlowDecision {
    if (ingress.kind === 'sleeve') {
      const { from, to } = ingress;
      return this.#fromPeer(from, to, undefined, source, destination, nowMs);
    }
    const { vport, tunnel } = ingress;
    if (tunnel === undefined) return this.#fromPort(vport, source, destination, nowMs);
    const { directory } = this.#options;
    const from = directory.byShortId(tunnelSource(tunnel.vni));
    const to = directory.byShortId(tunnelDestination(tunnel.vni));
    if (from === undefined || to === undefined) {
      return { kind: 'drop', reason: 'no peer is known by the short IDs in the VNI' };
    }
    const keys: FlowKey[] = [
      { kind: 'in-port', vport },
      { kind: 'tunnel', ...tunnel },
    ];
    return this.#fromPeer(from, to, keys, source, destination, nowMs);
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
    return decided(actions, keys, bridged.installable);
  }

  /** A frame that another peer sent, to this one or by way of it. What came by sleeve makes no flow. */
  #fromPeer(
    from: PeerName,
    to: PeerName,
    keys: readonly FlowKey[] | undefined,
    source: Mac,
    destination: Mac,
    nowMs: number,
  ): FlowDecision {
    const { self, mesh } = this.#options;
    if (to !== self) {
      const hop = mesh.nextHop(self, to);
      const relayed = hop === undefined ? undefined : this.#send(from, to, hop);
      if (relayed === undefined) return { kind: 'drop', reason: 'no way to the peer it is for' };
      return decided([relayed], keys ?? [], keys !== undefined);
    }
    this.#peerByMac.force(source, from, nowMs);
    const bridged = this.#bridge(ROUTER, source, destination, nowMs);
    const actions: FlowAction[] = bridged.ports.map((port) => ({ kind: 'output', vport: port }));
    if (this.#peerByMac.lookup(destination) !== self) actions.push(...this.#broadcast(from));
    const all: FlowKey[] = [...(keys ?? []), { kind: 'ethernet', source, destination }];
    return decided(actions, all, keys !== undefined && bridged.installable);
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
    const { self, mesh } = this.#options;
    const conflict = this.#peerByMac.add(source, self, nowMs);
    if (conflict !== undefined) return 'the source address belongs to another peer';
    if (destination === SPANNING_TREE_MAC) return 'spanning tree frames are not passed on';
    const owner = this.#peerByMac.lookup(destination);
    if (owner === self) return 'the destination is on this node';
    if (owner === undefined) return this.#broadcast(self);
    const hop = mesh.nextHop(self, owner);
    if (hop === undefined) return 'no way to the peer that has the destination';
    const sent = this.#send(self, owner, hop);
    return sent === undefined ? 'the next peer has no IPv4 address' : [sent];
  }

  /** A copy to each neighbour that is next for broadcasts of a peer. Each sees itself as the destination. */
  #broadcast(origin: PeerName): FlowAction[] {
    const { self, mesh } = this.#options;
    const actions: FlowAction[] = [];
    for (const hop of mesh.broadcastHops(self, origin)) {
      const sent = this.#send(origin, hop, hop);
      if (sent !== undefined) actions.push(sent);
    }
    return actions;
  }

  /** By VXLAN, or by sleeve when one of the peers has no short ID to put into a VNI. */
  #send(from: PeerName, to: PeerName, hop: PeerName): FlowAction | undefined {
    const { self, directory, tunnelPort } = this.#options;
    const source = directory.addressOf(self);
    const destination = directory.addressOf(hop);
    if (source === undefined || destination === undefined) return undefined;
    const fromId = directory.shortIdOf(from);
    const toId = directory.shortIdOf(to);
    if (fromId === undefined || toId === undefined) {
      return { kind: 'sleeve', from, to, source, destination };
    }
    const tunnel = { vni: tunnelId(fromId, toId), source, destination };
    return { kind: 'tunnel', vport: tunnelPort, tunnel };
  }
}

/** One copy by sleeve, and the router has to do it every time. */
const decided = (
  actions: readonly FlowAction[],
  keys: readonly FlowKey[],
  installable: boolean,
): FlowDecision => ({
  kind: 'actions',
  actions,
  keys,
  installed: installable && actions.every(({ kind }) => kind !== 'sleeve'),
});
