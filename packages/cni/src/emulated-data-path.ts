import {
  type Cluster,
  type Flow,
  type FlowEnd,
  type Node,
  type Pod,
  podByIp,
} from '@podpath/cluster';
import {
  createNetwork,
  type NamespaceView,
  type Network,
  type PacketTrace,
  type Probe,
  type Program,
  type RouteDecision,
  type SendOptions,
} from '@podpath/linux';
import { type EthernetFrame, familyOf, type Ip, prefixContains } from '@podpath/net';
import {
  createEvaluator,
  type PolicyEvaluator,
  translatePolicies,
  type Verdict,
} from '@podpath/policy';
import { endpointSlicesOf } from '@podpath/services';
import { dial, policyFlow } from './flow-ends.ts';
import { FlowError } from './flow-error.ts';
import { nodeCost } from './node-cost.ts';
import { type NodeProgrammer, namespaceOf } from './node-programmer.ts';
import type { DataPath, NodeCost, OpenFlow, Trace } from './plugin.ts';
import { planUnderlay, type Underlay } from './underlay.ts';

const FIRST_EPHEMERAL_PORT = 32768;
const EPHEMERAL_PORTS = 28232;
const KUBELET_PORT = 10250;

/**
 * The data path of any plugin: it owns the emulated network and asks the plugin what to program.
 * Nodes come to life when a packet, or a question, first reaches them.
 */
export function createDataPath(
  plugin: string,
  programmer: NodeProgrammer,
  options: { readonly seed?: number } = {},
): DataPath {
  return new EmulatedDataPath(plugin, programmer, options.seed ?? 1);
}

class EmulatedDataPath implements DataPath {
  readonly plugin: string;
  readonly cluster: Cluster;
  readonly notes: readonly string[];
  readonly overlay: DataPath['overlay'];
  readonly #programmer: NodeProgrammer;
  readonly #network: Network;
  readonly #underlay: Underlay;
  readonly #podsByNode = new Map<string, Pod[]>();
  readonly #nodeByAddress = new Map<Ip, Node>();
  readonly #alive = new Set<string>();
  /** Addresses that exist outside by now. */
  readonly #outside = new Set<Ip>();
  #evaluator: PolicyEvaluator | undefined;
  #sent = 0;

  constructor(plugin: string, programmer: NodeProgrammer, seed: number) {
    this.plugin = plugin;
    this.#programmer = programmer;
    this.cluster = programmer.cluster;
    this.notes = programmer.notes;
    this.overlay = programmer.overlay;
    for (const node of this.cluster.nodes.values()) {
      this.#podsByNode.set(node.name, []);
      for (const address of node.addresses) this.#nodeByAddress.set(address, node);
    }
    for (const pod of this.cluster.pods.values()) this.#podsByNode.get(pod.node)?.push(pod);
    this.#underlay = planUnderlay(this.cluster);
    this.#network = createNetwork({
      seed,
      onFlood: (namespace, _bridge, frame) => {
        if (namespace === namespaceOf.underlay) this.#wakeTargetOf(frame);
      },
    });
    for (const name of [namespaceOf.underlay, namespaceOf.outside])
      this.#network.addNamespace(name);
    this.#applyAll(this.#underlay.base);
  }

  send(flow: Flow, options: SendOptions = {}): Trace {
    return this.#trace(flow, this.#network.send(this.#probe(flow), options));
  }

  open(flow: Flow): OpenFlow {
    if (flow.protocol === 'SCTP') {
      throw new FlowError('of SCTP only the first packet is emulated: send it instead');
    }
    const packets = this.#network.open(this.#probe(flow));
    return { flow, send: (options = {}) => this.#trace(flow, packets.send(options)) };
  }

  advance(ms: number): void {
    this.#network.advance(ms);
  }

  verdict(flow: Flow): Verdict {
    this.#evaluator ??= createEvaluator(this.cluster, translatePolicies(this.cluster), {
      endpointSlices: () => endpointSlicesOf(this.cluster),
    });
    return this.#evaluator.verdict(policyFlow(this.cluster, flow));
  }

  route(node: string, to: Ip): RouteDecision {
    return this.namespace({ kind: 'node', name: node }).route(to);
  }

  namespace(of: Extract<FlowEnd, { kind: 'pod' | 'node' }>): NamespaceView {
    this.#wakeEnd(of);
    if (of.kind === 'node') return this.#network.namespace(namespaceOf.node(of.name));
    const pod = this.cluster.pods.get(`${of.namespace}/${of.name}`);
    const name = pod?.hostNetwork === true ? namespaceOf.node(pod.node) : namespaceOf.pod(of);
    return this.#network.namespace(name);
  }

  program(name: string): readonly Program[] {
    const node = this.#nodeNamed(name);
    const pods = this.#networkedPods(node);
    return [
      ...this.#underlay.join(node),
      ...this.#programmer.node(node),
      ...pods.flatMap((pod) => this.#programmer.pod(pod)),
      ...this.#programmer.afterPods(node, pods),
    ];
  }

  attach(
    name: string,
    network: Pick<Network, 'attachProgram'>,
    wake: (node: string) => void,
  ): void {
    this.#programmer.attach?.({ network, node: this.#nodeNamed(name), wake });
  }

  cost(name: string): NodeCost {
    return nodeCost(this.namespace({ kind: 'node', name }));
  }

  /** The flow's first packet, everything that it takes for granted being there. */
  #probe(flow: Flow): Probe {
    const dialled = dial(this.cluster, flow);
    this.#wakeEnd(flow.from);
    this.#prepareOutside(flow, dialled.to);
    return {
      namespace: dialled.namespace,
      protocol: PROTOCOLS[flow.protocol],
      to: dialled.to,
      port: flow.port,
      // Counted, not drawn: a tuple that comes again would be taken for the flow that had it first.
      sourcePort: flow.sourcePort ?? FIRST_EPHEMERAL_PORT + (this.#sent++ % EPHEMERAL_PORTS),
      ...(dialled.source === undefined ? {} : { source: dialled.source }),
    };
  }

  #trace(flow: Flow, packet: PacketTrace): Trace {
    const servedBy = this.#podIn(packet.request.at(-1)?.namespace);
    return {
      plugin: this.plugin,
      flow,
      outcome: packet.outcome,
      reason: packet.reason,
      ...(servedBy === undefined ? {} : { servedBy }),
      packet,
    };
  }

  #wakeEnd(end: FlowEnd): void {
    if (end.kind === 'node') this.#wake(this.#nodeNamed(end.name));
    if (end.kind === 'pod') {
      const pod = this.cluster.pods.get(`${end.namespace}/${end.name}`);
      if (pod === undefined) throw new FlowError(`there is no pod ${end.namespace}/${end.name}`);
      this.#wake(this.#nodeNamed(pod.node));
    }
  }

  #nodeNamed(name: string): Node {
    const node = this.cluster.nodes.get(name);
    if (node === undefined) throw new FlowError(`there is no node ${name}`);
    return node;
  }

  /** Pods that have a namespace and an address of their own. */
  #networkedPods(node: Node): readonly Pod[] {
    return (this.#podsByNode.get(node.name) ?? []).filter(
      (pod) => !pod.hostNetwork && pod.ips.length > 0,
    );
  }

  #wake(node: Node): void {
    if (this.#alive.has(node.name)) return;
    this.#alive.add(node.name);
    const namespace = namespaceOf.node(node.name);
    this.#network.addNamespace(namespace);
    this.#applyAll([
      LOOPBACK_UP(namespace),
      ...this.#underlay.join(node),
      ...this.#programmer.node(node),
    ]);
    const pods = this.#networkedPods(node);
    for (const pod of pods) {
      this.#network.addNamespace(namespaceOf.pod(pod));
      this.#applyAll([LOOPBACK_UP(namespaceOf.pod(pod)), ...this.#programmer.pod(pod)]);
    }
    this.#applyAll(this.#programmer.afterPods(node, pods));
    this.#programmer.attach?.({
      network: this.#network,
      node,
      wake: (name) => this.#wake(this.#nodeNamed(name)),
    });
    this.#network.listen(namespace, 'tcp', KUBELET_PORT);
    for (const pod of this.#podsByNode.get(node.name) ?? []) {
      const where = pod.hostNetwork ? namespace : namespaceOf.pod(pod);
      if (!this.#network.hasNamespace(where)) continue;
      for (const port of pod.ports)
        this.#network.listen(where, PROTOCOLS[port.protocol], port.port);
    }
  }

  /** An ARP request or neighbour solicitation on the switch brings the node that it asks for to life. */
  #wakeTargetOf(frame: EthernetFrame): void {
    const { payload } = frame;
    let target: Ip | undefined;
    if (payload.kind === 'arp') target = payload.targetIp;
    else if (payload.kind === 'ipv6' && payload.payload.kind === 'icmpv6') {
      const { data } = payload.payload;
      if (!(data instanceof Uint8Array)) target = data.target;
    }
    const node = target === undefined ? undefined : this.#nodeByAddress.get(target);
    if (node !== undefined) this.#wake(node);
  }

  /** Gives the world outside the addresses and routes that this flow takes for granted. */
  #prepareOutside(flow: Flow, to: Ip): void {
    if (flow.from.kind === 'address') {
      if (this.#isInside(flow.from.address)) {
        throw new FlowError(
          'a flow from an address must come from outside: name the pod or node instead',
        );
      }
      this.#addOutside(flow.from.address);
      const pod = podByIp(this.cluster, to);
      const node = pod === undefined || pod.hostNetwork ? undefined : this.#nodeNamed(pod.node);
      const via = node?.addresses.find((address) => familyOf(address) === familyOf(to));
      if (via !== undefined) this.#network.apply(this.#underlay.outsideRoute(to, via));
    }
    if (flow.to.kind === 'address' && !this.#isInside(to)) {
      this.#addOutside(to);
      if (flow.protocol !== 'ICMP') {
        this.#network.listen(namespaceOf.outside, PROTOCOLS[flow.protocol], flow.port);
      }
    }
  }

  #addOutside(address: Ip): void {
    if (this.#outside.has(address)) return;
    this.#outside.add(address);
    this.#network.apply(this.#underlay.outsideAddress(address));
  }

  /** Addresses that belong to the cluster, given out or not. */
  #isInside(address: Ip): boolean {
    return (
      this.#nodeByAddress.has(address) ||
      podByIp(this.cluster, address) !== undefined ||
      this.cluster.podNetworks.some((network) => prefixContains(network, address)) ||
      this.cluster.serviceNetworks.some((network) => prefixContains(network, address))
    );
  }

  #podIn(namespace: string | undefined): Pod | undefined {
    if (namespace === undefined || !namespace.startsWith('pod/')) return undefined;
    return this.cluster.pods.get(namespace.slice('pod/'.length));
  }

  #applyAll(programs: readonly Program[]): void {
    for (const program of programs) this.#network.apply(program);
  }
}

const PROTOCOLS = { TCP: 'tcp', UDP: 'udp', SCTP: 'sctp', ICMP: 'icmp' } as const;

const LOOPBACK_UP = (namespace: string): Program => ({
  namespace,
  commands: [{ kind: 'link-set', dev: 'lo', up: true }],
});
