import type { Cluster, Flow, FlowEnd, Pod } from '@podpath/cluster';
import type {
  NamespaceView,
  Network,
  Outcome,
  PacketTrace,
  Program,
  RouteDecision,
  SendOptions,
} from '@podpath/linux';
import type { Ip, IpFamily } from '@podpath/net';
import type { Verdict } from '@podpath/policy';

/** What every emulated CNI plugin package exports. */
export interface NetworkPlugin<Options = unknown> {
  /** Lower case, as in `--plugin`: `calico`. */
  readonly name: string;
  /** As people write it: `Calico`. */
  readonly title: string;
  readonly features: Features;
  /** Checks options from outside. Throws `OptionsError`, which names the field and what would be right. */
  configure(options: unknown): Options;
  /**
   * Plans the whole cluster (addresses, blocks, names) and returns its data path. Cheap: nodes are
   * programmed when a packet or a question reaches them.
   */
  install(cluster: Cluster, options: Options): DataPath;
}

/** What a plugin does and does not do. Reports and tests read it; nothing it lists is silent. */
export interface Features {
  readonly families: readonly IpFamily[];
  readonly encapsulation: readonly ('vxlan' | 'none')[];
  /** Whether NetworkPolicy has any effect. */
  readonly enforcesPolicy: boolean;
  /** Where the plugin knowingly departs from the NetworkPolicy API. Empty when it enforces none. */
  readonly policyDeviations: readonly PolicyDeviation[];
}

export interface PolicyDeviation {
  readonly id:
    | 'named-ports-reject-policy'
    | 'end-port-ignored'
    | 'ipv6-unsupported'
    | 'pod-to-own-node-unpoliced'
    | 'pod-to-own-node-policed'
    | 'node-source-is-tunnel-address'
    | 'node-to-local-pod-unpoliced'
    | 'local-host-unpoliced'
    | 'unlisted-type-rules-apply'
    | 'selector-name-clash'
    | 'cluster-policies-ignored'
    | 'cluster-policies-fail-closed'
    | 'calico-policies-ignored'
    | 'host-endpoints-ignored';
  /** One sentence for people. */
  readonly text: string;
}

/** One cluster under one plugin. */
export interface DataPath {
  readonly plugin: string;
  /** The input with the addresses that this plugin's IPAM gave where the input had none. */
  readonly cluster: Cluster;
  /** What the plugin changed or could not honour, in sentences for the user. */
  readonly notes: readonly string[];
  /** Walks the flow's first packet, and the answer, through the programmed namespaces. */
  send(flow: Flow, options?: SendOptions): Trace;
  /** Opens a flow, to walk the packets that follow its first one too. Throws FlowError as `send` does, and for SCTP. */
  open(flow: Flow): OpenFlow;
  /** Moves the virtual clock: connections, neighbours and FDB entries age. */
  advance(ms: number): void;
  /** Policy alone, by the reference evaluator: what should happen, whatever this plugin does. */
  verdict(flow: Flow): Verdict;
  route(node: string, to: Ip): RouteDecision;
  /** The namespace of a node or a pod, programmed first if nobody asked for it before. */
  namespace(of: Extract<FlowEnd, { kind: 'pod' | 'node' }>): NamespaceView;
  /** Every command for a node and the pods on it, in order. */
  program(node: string): readonly Program[];
  /**
   * Starts what the plugin runs in user space on a node in another network that was built from `program`; `wake` is
   * told of the nodes that are about to be sent something. Does nothing where the plugin runs nothing.
   */
  attach(node: string, network: Pick<Network, 'attachProgram'>, wake: (node: string) => void): void;
  cost(node: string): NodeCost;
  /** Bytes that each packet between pods on different nodes carries on top, and what that leaves. */
  readonly overlay: { readonly encapsulationBytes: number; readonly podMtuBytes: number };
}

/** A flow whose packets are sent one at a time. */
export interface OpenFlow {
  readonly flow: Flow;
  /**
   * Walks the next packet and its answer: the first, then data on the TCP connection, the next datagram or echo
   * request. An unanswered TCP segment is sent again.
   */
  send(options?: SendOptions): Trace;
}

/** What one node holds for the cluster's sake. */
export interface NodeCost {
  readonly routes: number;
  readonly rules: number;
  readonly chains: number;
  readonly sets: number;
  readonly setMembers: number;
  readonly neighbours: number;
  readonly fdbEntries: number;
}

/** A flow's walk under one plugin. */
export interface Trace {
  readonly plugin: string;
  readonly flow: Flow;
  readonly outcome: Outcome;
  readonly reason: string;
  /** The pod that a Service's traffic was sent to, as seen in the walk. */
  readonly servedBy?: Pod;
  readonly packet: PacketTrace;
}

/** An option that is wrong. */
export class OptionsError extends Error {
  override readonly name = 'OptionsError';
  readonly plugin: string;
  /** Path of the field: `ipPools[0].cidr`. */
  readonly field: string;
  readonly expected: string;

  constructor(plugin: string, field: string, problem: string, expected: string) {
    super(`${plugin}: ${field}: ${problem}; expected ${expected}`);
    this.plugin = plugin;
    this.field = field;
    this.expected = expected;
  }
}
