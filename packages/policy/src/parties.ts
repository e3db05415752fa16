import type { Cluster, Pod } from '@podpath/cluster';
import { familyOf, formatIp, type Ip, type IpFamily } from '@podpath/net';
import { AddressKnowledge, type Knowledge } from './address-knowledge.ts';
import { createAddressThings } from './address-things.ts';
import { type PolicyEnd, type PolicyFlow, PolicyFlowError } from './flow.ts';
import { type Host, hostsOf } from './hosts.ts';
import type { LabelLookup } from './label-expression.ts';
import { labelsOf, type Thing, thingOfPod } from './things.ts';

/** One end of a connection, resolved to what policies can tell about it. */
export interface Party {
  /** The address that the packet carries. */
  readonly address: Ip;
  /** What selectors find at the address. */
  readonly things: readonly Thing[];
  /** Set for pods of the pod network, and only for them: those are policed. The first thing is the pod. */
  readonly pod?: Pod;
  /** The node that it is: a process of the host network, a host-network pod included. */
  readonly node?: string;
  /** That node's labels. */
  readonly nodeLabel?: LabelLookup;
  /** The node that it is or is on; absent outside the cluster. */
  readonly location?: string;
  /** That node's host endpoint, if it has one. */
  readonly host?: Host;
  /** What is known of addresses. */
  readonly known: AddressKnowledge;
}

/** Resolves the ends of flows. */
export interface Parties {
  /** Throws `PolicyFlowError` when an end does not exist or the ends have no family in common. */
  resolve(ends: Pick<PolicyFlow, 'from' | 'to' | 'family'>): {
    readonly from: Party;
    readonly to: Party;
  };
  /** A pod as each of its addresses. A host-network pod cannot be told from its node, so it counts as the node. */
  ofPod(pod: Pod): readonly Party[];
  /** A node as each of the addresses. */
  ofNode(name: string, addresses: readonly Ip[]): readonly Party[];
  /** An address that is no pod's and no node's. */
  outside(address: Ip): Party;
}

/** Finished pods have given their address back: selectors no longer match them, nor does their address mean them. */
export const isFinished = (pod: Pod): boolean =>
  pod.phase === 'Succeeded' || pod.phase === 'Failed';

export const createParties = (cluster: Cluster, knowledge: Knowledge = {}): Parties => {
  const { endpointSlices = () => cluster.endpointSlices } = knowledge;
  const known = new AddressKnowledge({ ...knowledge, endpointSlices });

  const thingsAt = createAddressThings(cluster);
  const hosts = hostsOf(cluster);

  const at = (location: string) => {
    const host = hosts.get(location);
    return { location, known, ...(host === undefined ? {} : { host }) };
  };

  const ofNode = (name: string, addresses: readonly Ip[]): readonly Party[] => {
    const nodeLabel = labelsOf(cluster.nodes.get(name)?.labels ?? {});
    return addresses.map((address) => ({
      address,
      things: thingsAt(address),
      node: name,
      nodeLabel,
      ...at(name),
    }));
  };

  const ofPod = (pod: Pod): readonly Party[] => {
    if (pod.hostNetwork) return ofNode(pod.node, pod.ips);
    const thing = thingOfPod(cluster, pod);
    return pod.ips.map((address) => ({
      address,
      things: [thing, ...thingsAt(address)],
      pod,
      ...at(pod.node),
    }));
  };

  const owners = lazily(() => {
    const found = new Map<Ip, Party>();
    for (const pod of cluster.pods.values()) {
      if (isFinished(pod)) continue;
      for (const party of ofPod(pod)) found.set(party.address, party);
    }
    for (const { name, addresses } of cluster.nodes.values()) {
      for (const party of ofNode(name, addresses)) found.set(party.address, party);
    }
    return found;
  });

  const outside = (address: Ip): Party => ({ address, things: thingsAt(address), known });

  /** All of an end's addresses, each as a party. */
  const candidates = (end: PolicyEnd, field: 'from' | 'to'): readonly Party[] => {
    switch (end.kind) {
      case 'pod':
        return ofPod(requirePod(cluster, end.namespace, end.name, field));
      case 'node': {
        const node = cluster.nodes.get(end.name);
        if (node === undefined) {
          throw new PolicyFlowError('unknown-node', field, `there is no node ${end.name}`);
        }
        return ofNode(node.name, node.addresses);
      }
      case 'address':
        return [owners().get(end.address) ?? outside(end.address)];
    }
  };

  return {
    resolve: ({ from: source, to: destination, family }) => {
      const sources = candidates(source, 'from');
      const destinations = candidates(destination, 'to');
      for (const to of destinations) {
        if (family !== undefined && familyOf(to.address) !== family) continue;
        const from = sources.find(({ address }) => familyOf(address) === familyOf(to.address));
        if (from !== undefined) return { from, to };
      }
      throw new PolicyFlowError('no-family', 'family', noFamily(sources, destinations, family));
    },
    ofPod,
    ofNode,
    outside,
  };
};

const requirePod = (
  cluster: Cluster,
  namespace: string,
  name: string,
  field: 'from' | 'to',
): Pod => {
  const pod = cluster.pods.get(`${namespace}/${name}`);
  if (pod === undefined) {
    throw new PolicyFlowError('unknown-pod', field, `there is no pod ${namespace}/${name}`);
  }
  if (isFinished(pod)) {
    throw new PolicyFlowError(
      'finished-pod',
      field,
      `pod ${namespace}/${name} has finished (${pod.phase}) and has no address any more`,
    );
  }
  return pod;
};

const noFamily = (
  sources: readonly Party[],
  destinations: readonly Party[],
  asked: IpFamily | undefined,
): string => {
  const list = (parties: readonly Party[]) =>
    parties.map(({ address }) => formatIp(address)).join(', ') || 'no address';
  const wanted = asked === undefined ? 'family in common' : `IPv${asked} address at both ends`;
  return `no ${wanted}: the source has ${list(sources)}, the destination ${list(destinations)}`;
};

const lazily = <T>(make: () => T): (() => T) => {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
};
