import type { Cluster, EndpointSlice, Node, Pod } from '@podpath/cluster';
import {
  familyOf,
  formatIp,
  formatPrefix,
  type Ip,
  type IpFamily,
  type Prefix,
} from '@podpath/net';
import { HostLocalRange } from './host-local.ts';
import { nodeSubnets } from './node-subnets.ts';

/** Who gets which addresses, and what had to change for it. */
export interface AddressPlan {
  /** The input with flannel's subnets and addresses. */
  readonly cluster: Cluster;
  /** Pods that the CNI plugin is called for, by node name, in the order in which it is. */
  readonly podsByNode: ReadonlyMap<string, readonly Pod[]>;
  readonly notes: readonly string[];
}

/**
 * Gives every node a subnet of each network and every pod that had an address one of its node's subnet. Addresses
 * of the input stay where flannel could have given them. Throws `OptionsError` as `nodeSubnets` does.
 */
export function planAddresses(cluster: Cluster, networks: readonly Prefix[]): AddressPlan {
  const podsByNode = networkedPodsByNode(cluster);
  const nodeList = [...cluster.nodes.values()];
  const subnets = networks.map((network) => nodeSubnets(nodeList, podsByNode, network));
  const subnetsOf = (node: Node) =>
    subnets.flatMap((ofFamily) => {
      const subnet = ofFamily.get(node.name);
      // flanneld needs an address of the family to send from, and does not start without.
      return subnet === undefined || !hasFamilyOf(node, subnet) ? [] : [subnet];
    });

  const notes = new PlanNotes();
  const nodes = new Map<string, Node>();
  const given = new Map<Pod, readonly Ip[]>();
  for (const node of nodeList) {
    const podCidrs = subnetsOf(node);
    nodes.set(node.name, { ...node, podCidrs });
    if (podCidrs.length < networks.length) notes.nodeWithoutSubnet(node, networks);
    assignPods(podsByNode.get(node.name) ?? [], podCidrs, given, notes);
  }

  const pods = new Map<string, Pod>();
  for (const [key, pod] of cluster.pods) {
    const ips = given.get(pod);
    pods.set(key, ips === undefined ? pod : { ...pod, ips });
  }
  const endpointSlices = followPods(cluster, pods, given);
  const planned = { ...cluster, nodes, pods, endpointSlices, podNetworks: networks };
  return { cluster: planned, podsByNode: networkedPodsByNode(planned), notes: notes.sentences() };
}

const hasFamilyOf = (node: Node, subnet: Prefix): boolean =>
  node.addresses.some((address) => familyOf(address) === familyOf(subnet.address));

/** Pods that the CNI plugin is called for: on the pod network, and not over or yet to start. */
function networkedPodsByNode(cluster: Cluster): ReadonlyMap<string, readonly Pod[]> {
  const byNode = new Map<string, Pod[]>();
  for (const pod of cluster.pods.values()) {
    if (pod.hostNetwork || pod.ips.length === 0) continue;
    const pods = byNode.get(pod.node);
    if (pods === undefined) byNode.set(pod.node, [pod]);
    else pods.push(pod);
  }
  return byNode;
}

function assignPods(
  pods: readonly Pod[],
  subnets: readonly Prefix[],
  given: Map<Pod, readonly Ip[]>,
  notes: PlanNotes,
): void {
  const kept = new Map<Pod, Map<IpFamily, Ip>>();
  const ranges = subnets.map((subnet) => ({
    family: familyOf(subnet.address),
    subnet,
    range: new HostLocalRange(subnet),
  }));
  for (const pod of pods) {
    if (pod.addressSource !== 'input') continue;
    for (const { family, subnet, range } of ranges) {
      const address = pod.ips.find((ip) => familyOf(ip) === family);
      if (address === undefined) continue;
      if (range.reserve(address)) {
        kept.set(pod, (kept.get(pod) ?? new Map<IpFamily, Ip>()).set(family, address));
      } else notes.podMoved(pod, address, subnet);
    }
  }
  for (const pod of pods) {
    const ips = ranges.flatMap(({ family, range }) => {
      const address = kept.get(pod)?.get(family) ?? range.allocate();
      return address === undefined ? [] : [address];
    });
    if (ips.length < subnets.length) notes.podWithoutAddress(pod);
    given.set(pod, ips);
  }
}

/** Endpoints of the input move with the pods that they stand for. */
function followPods(
  cluster: Cluster,
  pods: ReadonlyMap<string, Pod>,
  given: ReadonlyMap<Pod, readonly Ip[]>,
): readonly EndpointSlice[] {
  const moved = new Map<Ip, Ip>();
  for (const [pod, ips] of given) {
    for (const before of pod.ips) {
      const after = ips.find((ip) => familyOf(ip) === familyOf(before));
      if (after !== undefined) moved.set(before, after);
    }
  }
  return cluster.endpointSlices.map((slice) => ({
    ...slice,
    endpoints: slice.endpoints.map((endpoint) => {
      const pod = endpoint.pod === undefined ? undefined : pods.get(endpoint.pod);
      const ofPod = pod?.ips.filter((ip) => familyOf(ip) === slice.family) ?? [];
      if (ofPod.length > 0) return { ...endpoint, addresses: ofPod };
      return { ...endpoint, addresses: endpoint.addresses.map((ip) => moved.get(ip) ?? ip) };
    }),
  }));
}

/** Collects what happened and tells it once for each kind, with the first as the example. */
class PlanNotes {
  #moved = 0;
  #movedExample = '';
  #without = 0;
  #withoutExample = '';
  #nodes = 0;
  #nodesExample = '';

  podMoved(pod: Pod, address: Ip, subnet: Prefix): void {
    this.#moved += 1;
    this.#movedExample ||= `${pod.namespace}/${pod.name} had ${formatIp(address)} on ${pod.node}, whose subnet is ${formatPrefix(subnet)}`;
  }

  podWithoutAddress(pod: Pod): void {
    this.#without += 1;
    this.#withoutExample ||= `${pod.namespace}/${pod.name} on ${pod.node}`;
  }

  nodeWithoutSubnet(node: Node, networks: readonly Prefix[]): void {
    this.#nodes += 1;
    this.#nodesExample ||= `${node.name} in ${networks.map(formatPrefix).join(', ')}`;
  }

  sentences(): readonly string[] {
    const notes: string[] = [];
    if (this.#moved > 0) {
      notes.push(
        `Pods whose given address flannel would not have given got a new one, ${this.#moved} in all: ${this.#movedExample}.`,
      );
    }
    if (this.#nodes > 0) {
      notes.push(
        `Nodes without an address of a family, or for which its network has no subnet left, are without flannel in it, ${this.#nodes} in all: ${this.#nodesExample}.`,
      );
    }
    if (this.#without > 0) {
      notes.push(
        `Pods for which their node’s subnet has no address left stay without one, ${this.#without} in all: ${this.#withoutExample}.`,
      );
    }
    return notes;
  }
}
