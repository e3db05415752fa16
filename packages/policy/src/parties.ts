import type { Cluster, Labels, Pod } from '@podpath/cluster';
import { familyOf, formatIp, type Ip, type IpFamily } from '@podpath/net';
import { type PolicyEnd, type PolicyFlow, PolicyFlowError } from './flow.ts';

/** One end of a connection, resolved to what policies can tell about it. */
export interface Party {
  /** The address that the packet carries. */
  readonly address: Ip;
  /** Set for pods of the pod network, and only for them: those are policed, and selectors match them. */
  readonly pod?: Pod;
  readonly namespaceLabels?: Labels;
  /** The node that it is: a process of the host network, a host-network pod included. */
  readonly node?: string;
}

/** Resolves the ends of flows. */
export interface Parties {
  /** Throws `PolicyFlowError` when an end does not exist or the ends have no family in common. */
  resolve(ends: Pick<PolicyFlow, 'from' | 'to' | 'family'>): {
    readonly from: Party;
    readonly to: Party;
  };
}

/** Finished pods have given their address back: selectors no longer match them, nor does their address mean them. */
export const isFinished = (pod: Pod): boolean =>
  pod.phase === 'Succeeded' || pod.phase === 'Failed';

export const createParties = (cluster: Cluster): Parties => {
  const owners = lazily(() => addressOwners(cluster));

  /** All of an end's addresses, each as a party. */
  const candidates = (end: PolicyEnd, field: 'from' | 'to'): readonly Party[] => {
    switch (end.kind) {
      case 'pod':
        return partiesOfPod(cluster, requirePod(cluster, end.namespace, end.name, field));
      case 'node': {
        const node = cluster.nodes.get(end.name);
        if (node === undefined) {
          throw new PolicyFlowError('unknown-node', field, `there is no node ${end.name}`);
        }
        return node.addresses.map((address) => ({ address, node: node.name }));
      }
      case 'address':
        return [owners().get(end.address) ?? { address: end.address }];
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

/** A host-network pod cannot be told from its node, so it counts as the node. */
export const partiesOfPod = (cluster: Cluster, pod: Pod): readonly Party[] => {
  if (pod.hostNetwork) return pod.ips.map((address) => ({ address, node: pod.node }));
  const namespaceLabels = cluster.namespaces.get(pod.namespace)?.labels ?? {
    'kubernetes.io/metadata.name': pod.namespace,
  };
  return pod.ips.map((address) => ({ address, pod, namespaceLabels }));
};

const addressOwners = (cluster: Cluster): ReadonlyMap<Ip, Party> => {
  const owners = new Map<Ip, Party>();
  for (const pod of cluster.pods.values()) {
    if (isFinished(pod)) continue;
    for (const party of partiesOfPod(cluster, pod)) owners.set(party.address, party);
  }
  for (const node of cluster.nodes.values()) {
    for (const address of node.addresses) owners.set(address, { address, node: node.name });
  }
  return owners;
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
