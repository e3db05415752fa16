import { familyOf, formatIp, formatPrefix, type Ip, type IpFamily } from '@podpath/net';
import type { Cluster } from '../cluster.ts';
import { podKey } from '../cluster-index.ts';
import type { EndpointSlice, Node, Pod } from '../objects.ts';
import { type ClusterOptions, DEFAULT_MAX_PODS, DEFAULT_NODES } from '../options.ts';
import { ClusterLoadError } from '../problem.ts';
import type { Inventory } from '../read/inventory.ts';
import { checkTiers, namespacedIn } from './calico.ts';
import { countOf } from './count-of.ts';
import { finishPod } from './finish-pod.ts';
import { joinNamespaces } from './namespaces.ts';
import { makeNodes, type NodeDraft } from './nodes.ts';
import { placePods } from './placement.ts';
import { familiesOf, PodAddresses } from './pod-addresses.ts';
import { makePodCidrs, type PodCidrs } from './pod-cidrs.ts';
import { hasFinished, needsAddress, type PodDraft } from './pod-draft.ts';
import { makePods } from './pods.ts';
import { checkServices } from './service-conflicts.ts';
import { allocateServices } from './services.ts';
import { unreadPolicyNotes } from './unread-kinds.ts';

type Pods = ReadonlyMap<string, PodDraft>;

/** Relates what the input says and makes up the rest. Throws `ClusterLoadError`. */
export const assemble = (inventory: Inventory, options: ClusterOptions): Cluster => {
  const notes = [...noteOtherFiles(inventory), ...unreadPolicyNotes(inventory.ignoredKinds)];
  const families = options.families ?? familiesInUse(inventory);
  const count = options.nodes ?? DEFAULT_NODES;
  const drafts = makeNodes(inventory, { count, families }, notes);
  const podDrafts = makePods(inventory, drafts, options.maxPods ?? DEFAULT_MAX_PODS, notes);
  noteMisfits(placePods(podDrafts.values(), drafts), notes);
  const podCidrs = cidrsOf(families, drafts, podDrafts, notes);
  const nodes = new Map(drafts.map((draft) => [draft.name, finishNode(draft, podCidrs)]));
  const pods = finishPods(podDrafts, nodes, podCidrs, notes);
  checkServices(inventory.services);
  const { services, networks } = allocateServices(inventory.services, families, notes);
  const { workloads, endpointSlices, networkPolicies, serviceAccounts, calico } = inventory;
  checkTiers(calico);
  const inNamespaces = [
    pods.values(),
    workloads,
    services,
    endpointSlices,
    networkPolicies,
    serviceAccounts,
    namespacedIn(calico),
  ];
  return {
    namespaces: joinNamespaces(
      inventory.namespaces,
      inNamespaces.flatMap((objects) => [...objects]),
    ),
    nodes,
    pods,
    services: new Map(services.map((one) => [`${one.namespace}/${one.name}`, one])),
    endpointSlices: slicesOf(inventory),
    networkPolicies,
    clusterNetworkPolicies: inventory.clusterNetworkPolicies,
    serviceAccounts: new Map(serviceAccounts.map((one) => [`${one.namespace}/${one.name}`, one])),
    calico,
    podNetworks: podCidrs.map(({ network }) => network),
    serviceNetworks: networks,
    ignoredKinds: inventory.ignoredKinds,
    notes,
  };
};

/** The families of the addresses in the input and those that Services ask for; IPv4 if there are none. */
const familiesInUse = (inventory: Inventory): readonly IpFamily[] => {
  const addresses = function* (): Generator<Ip> {
    for (const node of inventory.nodes) {
      yield* node.addresses;
      for (const { address } of node.podCidrs) yield address;
    }
    for (const { ips, hostIps } of inventory.pods) {
      yield* ips;
      yield* hostIps;
    }
    for (const { service } of inventory.services) yield* service.clusterIps;
  };
  const families = new Set(familiesOf(addresses()));
  for (const service of inventory.services) {
    for (const family of service.families) families.add(family);
  }
  const needsBoth = inventory.services.some(
    ({ familyPolicy }) => familyPolicy === 'RequireDualStack',
  );
  if (families.size === 0 || needsBoth) families.add(4);
  if (needsBoth) families.add(6);
  return [...families];
};

const noteOtherFiles = ({ otherFiles }: Inventory): readonly string[] =>
  otherFiles.size === 0
    ? []
    : [`Not Kubernetes objects, so not read: ${[...otherFiles].join(', ')}.`];

const noteMisfits = (misfits: readonly PodDraft[], notes: string[]): void => {
  const [first] = misfits;
  if (first === undefined) return;
  notes.push(
    `Placed although no node fits by nodeSelector and taints: ${countOf(misfits.length, 'pod')}, ` +
      `${misfits.length > 1 ? 'the first being ' : ''}${podKey(first)}.`,
  );
};

/** Pod CIDRs of each family. Throws `ClusterLoadError` when there is no room for them. */
const cidrsOf = (
  families: readonly IpFamily[],
  nodes: readonly NodeDraft[],
  pods: Pods,
  notes: string[],
): PodCidrs[] => {
  const counts = new Map<string, number>();
  const inUse: Ip[] = nodes.flatMap(({ addresses }) => addresses);
  for (const pod of pods.values()) {
    inUse.push(...pod.ips);
    if (needsAddress(pod)) counts.set(pod.node, (counts.get(pod.node) ?? 0) + 1);
  }
  const most = [...counts.values()].reduce((a, b) => Math.max(a, b), 0);
  const all = families.map((family) => {
    const cidrs = makePodCidrs(family, nodes, most, inUse);
    if (cidrs !== undefined) return cidrs;
    const load = `${nodes.length} nodes with up to ${most} pods`;
    const reason = `the IPv${family} pod network has no room for ${load}`;
    const expected = 'fewer nodes or pods, or Node objects with spec.podCIDRs';
    throw new ClusterLoadError([{ type: 'FieldValueTooMany', field: '', reason, expected }]);
  });
  const madeUp = all.filter((one) => one.madeUp).map(({ network }) => formatPrefix(network));
  if (madeUp.length > 0) notes.push(`Made up pod CIDRs of nodes inside ${madeUp.join(' and ')}.`);
  return all;
};

const finishNode = (draft: NodeDraft, podCidrs: readonly PodCidrs[]): Node => {
  const { name, labels, annotations, addresses, addressSource, source } = draft;
  const given = new Set(draft.podCidrs.map(({ address }) => familyOf(address)));
  const own = podCidrs.flatMap(({ cidrs }) => cidrs.get(name) ?? []);
  const madeUp = own.filter(({ address }) => !given.has(familyOf(address)));
  return {
    name,
    labels,
    addresses,
    addressSource,
    podCidrs: [...draft.podCidrs, ...madeUp],
    podCidrSource: draft.podCidrs.length > 0 ? 'input' : 'made-up',
    annotations,
    ...(source === undefined ? {} : { source }),
  };
};

const finishPods = (
  drafts: Pods,
  nodes: ReadonlyMap<string, Node>,
  podCidrs: readonly PodCidrs[],
  notes: string[],
): Map<string, Pod> => {
  const taken = addressesInUse(drafts, notes);
  const cidrs = podCidrs.map((one) => one.cidrs);
  const addresses = new PodAddresses(cidrs, taken);
  const pods = new Map<string, Pod>();
  let madeUp = 0;
  let without = 0;
  for (const [key, draft] of drafts) {
    const drawn = needsAddress(draft) ? addresses.draw(draft.node) : [];
    if (drawn.length > 0) madeUp += 1;
    else if (needsAddress(draft)) without += 1;
    pods.set(key, finishPod(draft, drawn, nodes.get(draft.node)));
  }
  if (madeUp > 0)
    notes.push(`Made up addresses of ${countOf(madeUp, 'pod')} from the pod CIDRs of nodes.`);
  if (without > 0)
    notes.push(
      `Without an address, because the node's pod CIDR is full: ${countOf(without, 'pod')}.`,
    );
  return pods;
};

/** Addresses that pods have in the input. Two with the same are no error there, but worth saying. */
const addressesInUse = (drafts: Pods, notes: string[]): Set<Ip> => {
  const holders = new Map<Ip, PodDraft>();
  for (const draft of drafts.values()) {
    if (hasFinished(draft) || draft.spec.hostNetwork) continue;
    for (const ip of draft.ips) {
      const other = holders.get(ip);
      if (other === undefined) holders.set(ip, draft);
      else
        notes.push(`${podKey(other)} and ${podKey(draft)} have the same address ${formatIp(ip)}.`);
    }
  }
  return new Set(holders.keys());
};

/** EndpointSlices, and what old-style Endpoints say of Services without any. */
const slicesOf = ({ endpointSlices, endpoints }: Inventory): readonly EndpointSlice[] => {
  const keyOf = ({ namespace, service }: EndpointSlice) => `${namespace}/${service}`;
  const sliced = new Set(endpointSlices.map(keyOf));
  return [...endpointSlices, ...endpoints.filter((slice) => !sliced.has(keyOf(slice)))];
};
