import type { Cluster, HostEndpoint, Node } from '@podpath/cluster';
import { type Thing, thingOfHostEndpoint } from './things.ts';

/** The host endpoint that stands for a node's own traffic and what it forwards. */
export interface Host {
  readonly endpoint: HostEndpoint;
  readonly thing: Thing;
  /** Whether it is about every interface, those of pods included, and not about the way out of the node alone. */
  readonly everyInterface: boolean;
}

/**
 * The host endpoints of nodes. One that names an interface, or expects an address of the node, is taken to be about the
 * interface by which the node reaches others; where there is none, the one for all interfaces counts. Of several, the
 * first by name.
 * Follows `resolveHostEndpoints` of felix/dataplane/linux/endpoint_mgr.go, for a node with one such interface.
 */
export const hostsOf = (cluster: Cluster): ReadonlyMap<string, Host> => {
  const byNode = Map.groupBy(cluster.calico.hostEndpoints, ({ node }) => node);
  const hosts = new Map<string, Host>();
  for (const [name, endpoints] of byNode) {
    const node = cluster.nodes.get(name);
    if (node === undefined) continue;
    const sorted = endpoints.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const endpoint =
      sorted.find((each) => isUplink(each, node)) ??
      sorted.find(({ interfaceName }) => interfaceName === '*');
    if (endpoint === undefined) continue;
    const everyInterface = endpoint.interfaceName === '*';
    hosts.set(name, { endpoint, thing: thingOfHostEndpoint(cluster, endpoint), everyInterface });
  }
  return hosts;
};

const isUplink = ({ interfaceName, expectedIps }: HostEndpoint, { addresses }: Node): boolean =>
  interfaceName !== '*' &&
  (expectedIps.length === 0 || expectedIps.some((address) => addresses.includes(address)));
