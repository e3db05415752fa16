import type { Ip, Prefix } from '@podpath/net';
import type { Cluster } from './cluster.ts';
import type { Pod } from './objects.ts';

/**
 * A copy of the cluster in which pods with made-up addresses have those that `addressesFor` gives;
 * `undefined` keeps what a pod has. Pods with addresses of the input, on the host's network, or without
 * an address because they have finished are not asked for. `podNetworks`, if given, are the networks
 * the new addresses come from.
 */
export const withPodAddresses = (
  cluster: Cluster,
  addressesFor: (pod: Pod) => readonly Ip[] | undefined,
  podNetworks: readonly Prefix[] = cluster.podNetworks,
): Cluster => {
  const pods = new Map<string, Pod>();
  for (const [key, pod] of cluster.pods) {
    const ips = isMadeUp(pod) ? addressesFor(pod) : undefined;
    pods.set(key, ips === undefined ? pod : { ...pod, ips });
  }
  return { ...cluster, pods, podNetworks };
};

const isMadeUp = ({ addressSource, hostNetwork, phase }: Pod): boolean =>
  addressSource === 'made-up' && !hostNetwork && phase !== 'Succeeded' && phase !== 'Failed';
