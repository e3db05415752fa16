import type { Labels, Namespace, NetworkPolicy, Pod } from '@podpath/cluster';
import type { Ipv4 } from '@podpath/net';

/** Kubernetes objects as weave-npc reads them. `uid` tells apart objects that follow each other under one name. */
export interface NpcNamespace {
  readonly uid: string;
  readonly name: string;
  readonly labels: Labels;
}

export interface NpcPod {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  /** Absent while the pod takes no part: without an address, on the host's network, or finished. */
  readonly address?: Ipv4;
}

export interface NpcPolicy
  extends Pick<
    NetworkPolicy,
    'namespace' | 'name' | 'podSelector' | 'policyTypes' | 'ingress' | 'egress'
  > {
  readonly uid: string;
}

export const npcNamespace = ({ name, labels }: Namespace): NpcNamespace => ({
  uid: name,
  name,
  labels,
});

export const npcPod = (pod: Pod): NpcPod => {
  const { namespace, name, labels } = pod;
  const address = takesPart(pod) ? pod.ips.find((ip) => typeof ip === 'number') : undefined;
  const uid = `${namespace}/${name}`;
  return { uid, namespace, name, labels, ...(address === undefined ? {} : { address }) };
};

export const npcPolicy = (policy: NetworkPolicy): NpcPolicy => ({
  ...policy,
  uid: `${policy.namespace}/${policy.name}`,
});

const takesPart = ({ hostNetwork, phase }: Pod): boolean =>
  !hostNetwork && phase !== 'Succeeded' && phase !== 'Failed';
