import type { Cluster } from '@podpath/cluster';
import { type Ip, prefixContains } from '@podpath/net';
import { type Thing, thingOfHostEndpoint, thingOfNetworkSet } from './things.ts';

/** What selectors find at an address whoever has it: host endpoints that expect it, network sets around it. */
export const createAddressThings = (cluster: Cluster): ((address: Ip) => readonly Thing[]) => {
  const sets = cluster.calico.networkSets.map((set) => ({
    nets: set.nets,
    thing: thingOfNetworkSet(cluster, set),
  }));
  const endpoints = new Map<Ip, Thing[]>();
  for (const endpoint of cluster.calico.hostEndpoints) {
    const thing = thingOfHostEndpoint(cluster, endpoint);
    for (const address of endpoint.expectedIps) {
      const list = endpoints.get(address);
      if (list === undefined) endpoints.set(address, [thing]);
      else list.push(thing);
    }
  }
  if (sets.length === 0 && endpoints.size === 0) return () => [];
  return (address) => [
    ...(endpoints.get(address) ?? []),
    ...sets.flatMap(({ nets, thing }) =>
      nets.some((net) => prefixContains(net, address)) ? [thing] : [],
    ),
  ];
};
