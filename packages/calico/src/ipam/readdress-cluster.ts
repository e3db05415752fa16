import type { Cluster, Endpoint, EndpointSlice, Pod } from '@podpath/cluster';
import { familyOf, type Ip } from '@podpath/net';

/**
 * The cluster with other pod addresses: pods by `namespace/name`, and the endpoints that stand for
 * them. An endpoint of a pod that has no address of its family any more goes.
 */
export const readdressCluster = (
  cluster: Cluster,
  podAddresses: ReadonlyMap<string, readonly Ip[]>,
): Cluster => {
  const pods = new Map<string, Pod>();
  for (const [key, pod] of cluster.pods) {
    const ips = podAddresses.get(key);
    pods.set(key, ips === undefined || sameAddresses(ips, pod.ips) ? pod : { ...pod, ips });
  }
  return {
    ...cluster,
    pods,
    endpointSlices: cluster.endpointSlices.map((slice) => readdressSlice(slice, cluster, pods)),
  };
};

const readdressSlice = (
  slice: EndpointSlice,
  before: Cluster,
  pods: ReadonlyMap<string, Pod>,
): EndpointSlice => {
  const endpoints = slice.endpoints.flatMap((endpoint): readonly Endpoint[] => {
    const key = endpoint.pod;
    const old = key === undefined ? undefined : before.pods.get(key);
    const now = key === undefined ? undefined : pods.get(key);
    const stands = endpoint.addresses.some((address) => old?.ips.includes(address));
    if (old === now || now === undefined || !stands) return [endpoint];
    const addresses = now.ips.filter((address) => familyOf(address) === slice.family);
    return addresses.length === 0 ? [] : [{ ...endpoint, addresses }];
  });
  return { ...slice, endpoints };
};

const sameAddresses = (a: readonly Ip[], b: readonly Ip[]): boolean =>
  a.length === b.length && a.every((address, index) => address === b[index]);
