import type { Node, Pod } from '@podpath/cluster';
import { OptionsError } from '@podpath/cni';
import {
  familyOf,
  formatPrefix,
  type IpFamily,
  isIpv4Prefix,
  type Prefix,
  prefixCovers,
  prefixOf,
  subnetsOf,
} from '@podpath/net';
import { PrefixSet } from './prefix-set.ts';

/** Length of the subnet that kube-controller-manager cuts for a node, where the network has room for it. */
const USUAL_LENGTH = { 4: 24, 6: 64 } as const;
const LONGEST_LENGTH = { 4: 30, 6: 126 } as const;

/**
 * The subnet of each node in one family, by node name. In this order of preference: the podCIDR of
 * the input; the subnet that the node's own pods were given addresses from; the podCIDR that was made up; the
 * next free one. A node is absent when the network is used up. Throws `OptionsError` when a
 * podCIDR of the input lies outside the network, for which flanneld would not start.
 */
export function nodeSubnets(
  nodes: readonly Node[],
  podsByNode: ReadonlyMap<string, readonly Pod[]>,
  network: Prefix,
): ReadonlyMap<string, Prefix> {
  const family = familyOf(network.address);
  const length = subnetLength(network, family);
  const subnets = new Map<string, Prefix>();
  for (const node of nodes) {
    const given = podCidr(node, family);
    if (node.podCidrSource !== 'input' || given === undefined) continue;
    refuseOutside(node, given, network);
    subnets.set(node.name, given);
  }

  const claims = new Map<Prefix['address'], string>();
  for (const node of nodes) {
    for (const address of subnetsInUse(podsByNode.get(node.name) ?? [], family, length)) {
      claims.set(address, claims.has(address) ? '' : node.name);
    }
  }
  const given = new PrefixSet([...subnets.values()]);
  for (const node of nodes) {
    if (subnets.has(node.name)) continue;
    const used = subnetsInUse(podsByNode.get(node.name) ?? [], family, length);
    const [address] = used;
    if (used.size !== 1 || address === undefined || claims.get(address) !== node.name) continue;
    const subnet = { address, length };
    if (prefixCovers(network, subnet) && !given.overlaps(subnet)) subnets.set(node.name, subnet);
  }

  const kept = new PrefixSet([...subnets.values()]);
  for (const node of nodes) {
    const madeUp = podCidr(node, family);
    if (subnets.has(node.name) || madeUp === undefined) continue;
    if (prefixCovers(network, madeUp) && !kept.overlaps(madeUp)) subnets.set(node.name, madeUp);
  }

  const taken = new PrefixSet([...subnets.values()]);
  const free = freeSubnets(network, length, taken);
  for (const node of nodes) {
    if (subnets.has(node.name)) continue;
    const next = free.next();
    if (next.done === true) break;
    subnets.set(node.name, next.value);
  }
  return subnets;
}

function* freeSubnets(network: Prefix, length: number, taken: PrefixSet): Generator<Prefix> {
  for (const subnet of subnetsOf(network, length)) if (!taken.overlaps(subnet)) yield subnet;
}

const podCidr = (node: Node, family: IpFamily): Prefix | undefined =>
  node.podCidrs.find((cidr) => familyOf(cidr.address) === family);

/** At least four subnets fit into the network, as flannel asks of one that it cuts itself. */
const subnetLength = (network: Prefix, family: IpFamily): number =>
  Math.min(Math.max(USUAL_LENGTH[family], network.length + 2), LONGEST_LENGTH[family]);

function refuseOutside(node: Node, given: Prefix, network: Prefix): void {
  if (prefixCovers(network, given)) return;
  throw new OptionsError(
    'flannel',
    isIpv4Prefix(network) ? 'Network' : 'IPv6Network',
    `${formatPrefix(network)} does not contain ${formatPrefix(given)}, the podCIDR of node ${node.name}`,
    'a network that contains every node’s podCIDR',
  );
}

/** First addresses of the subnets that the addresses given to pods lie in. */
function subnetsInUse(
  pods: readonly Pod[],
  family: IpFamily,
  length: number,
): ReadonlySet<Prefix['address']> {
  const used = new Set<Prefix['address']>();
  for (const pod of pods) {
    if (pod.addressSource !== 'input') continue;
    for (const ip of pod.ips) if (familyOf(ip) === family) used.add(prefixOf(ip, length).address);
  }
  return used;
}
