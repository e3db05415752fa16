import type { Cluster, Endpoint, Pod } from '@podpath/cluster';
import { familyOf, type Ip } from '@podpath/net';

/** The cluster with other pod addresses, by `namespace/name`, and with endpoints that follow their pods. */
export const readdressed = (
  cluster: Cluster,
  addresses: ReadonlyMap<string, readonly Ip[]>,
): Cluster => {
  const pods = new Map<string, Pod>();
  for (const [key, pod] of cluster.pods) {
    const ips = addresses.get(key);
    pods.set(key, ips === undefined ? pod : { ...pod, ips });
  }
  const endpointSlices = cluster.endpointSlices.map((slice) => ({
    ...slice,
    endpoints: slice.endpoints.flatMap((endpoint): Endpoint[] => {
      const before = cluster.pods.get(endpoint.pod ?? '')?.ips ?? [];
      const now = addresses.get(endpoint.pod ?? '');
      const stands = endpoint.addresses.some((address) => before.includes(address));
      if (now === undefined || !stands) return [endpoint];
      const ofFamily = now.filter((address) => familyOf(address) === slice.family);
      return ofFamily.length === 0 ? [] : [{ ...endpoint, addresses: ofFamily }];
    }),
  }));
  return { ...cluster, pods, endpointSlices };
};
