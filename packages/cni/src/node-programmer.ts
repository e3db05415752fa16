import type { Cluster, Node, Pod } from '@podpath/cluster';
import type { Network, Program } from '@podpath/linux';

/**
 * The part of a plugin that differs: what it programs, and where. `EmulatedDataPath` does the rest
 * (the underlay, bringing nodes to life when a packet reaches them, sockets, sending, costs).
 *
 * Namespaces are named by `namespaceOf`. Before a node's programs run, its namespace exists with `lo`
 * up and `eth0` up on the underlay: node addresses, connected route, default route to the underlay's gateway.
 * Before a pod's programs run, its namespace exists with `lo` up.
 */
export interface NodeProgrammer {
  /** With this plugin's addresses. */
  readonly cluster: Cluster;
  readonly notes: readonly string[];
  readonly overlay: { readonly encapsulationBytes: number; readonly podMtuBytes: number };
  /** Everything on a node that is there before its first pod, kube-proxy's rules included. */
  node(node: Node): readonly Program[];
  /** What adding a pod programs: on its node and in its own namespace. Host-network pods are not asked for. */
  pod(pod: Pod): readonly Program[];
  /**
   * What has to be there once all of a node's pods are (policy chains that name their devices, say).
   * Runs after the last `pod`.
   */
  afterPods(node: Node, pods: readonly Pod[]): readonly Program[];
  /**
   * Starts what the plugin runs in user space on a node (Weave's overlay, say). `wake` brings another
   * node to life, for a program that is about to send it something.
   */
  attach?(context: {
    readonly network: Pick<Network, 'attachProgram'>;
    readonly node: Node;
    readonly wake: (node: string) => void;
  }): void;
}

/** Names of the emulated namespaces, the same in every plugin and in real namespaces. */
export const namespaceOf = {
  node: (name: string): string => `node/${name}`,
  pod: (pod: { readonly namespace: string; readonly name: string }): string =>
    `pod/${pod.namespace}/${pod.name}`,
  /** The switch that joins the nodes. */
  underlay: 'underlay',
  /** Everything beyond the nodes' network; answers for every address that is not the cluster's. */
  outside: 'outside',
} as const;
