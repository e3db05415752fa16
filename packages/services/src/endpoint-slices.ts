import type { Cluster, Endpoint, EndpointSlice, Pod, Service, ServicePort } from '@podpath/cluster';
import { familyOf, type IpFamily } from '@podpath/net';
import { LabelIndex } from './label-index.ts';

const slicesByCluster = new WeakMap<Cluster, ReadonlyMap<string, readonly EndpointSlice[]>>();

/**
 * The EndpointSlices of a cluster: those in the input, and for each Service with a selector that has
 * none there, the ones that the endpoint slice controller would make of the pods. A made slice holds
 * all endpoints that share their ports; the controller would split it after a hundred, which no reader notices.
 */
export function endpointSlicesOf(cluster: Cluster): readonly EndpointSlice[] {
  return [...slicesByService(cluster).values()].flat();
}

/** By `namespace/name` of the Service, made once for each cluster. */
export function slicesByService(cluster: Cluster): ReadonlyMap<string, readonly EndpointSlice[]> {
  let slices = slicesByCluster.get(cluster);
  if (slices === undefined) {
    slices = collect(cluster);
    slicesByCluster.set(cluster, slices);
  }
  return slices;
}

function collect(cluster: Cluster): ReadonlyMap<string, readonly EndpointSlice[]> {
  const slices = new Map<string, EndpointSlice[]>();
  for (const slice of cluster.endpointSlices) {
    const key = `${slice.namespace}/${slice.service}`;
    const listed = slices.get(key);
    if (listed === undefined) slices.set(key, [slice]);
    else listed.push(slice);
  }
  const index = new LabelIndex(cluster.pods.values());
  for (const [key, service] of cluster.services) {
    if (slices.has(key) || service.selector === undefined || service.type === 'ExternalName') {
      continue;
    }
    slices.set(key, makeSlices(service, index.select(service.namespace, service.selector)));
  }
  return slices;
}

const FAMILIES: readonly IpFamily[] = [4, 6];

function makeSlices(service: Service, pods: readonly Pod[]): EndpointSlice[] {
  const made: EndpointSlice[] = [];
  for (const family of familiesOf(service)) {
    const groups = new Map<string, { ports: EndpointSlice['ports']; endpoints: Endpoint[] }>();
    for (const pod of pods) {
      const endpoint = endpointOf(service, pod, family);
      if (endpoint === undefined) continue;
      const ports = portsOn(service, pod);
      const key = JSON.stringify(ports);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, { ports, endpoints: [endpoint] });
      else group.endpoints.push(endpoint);
    }
    for (const { ports, endpoints } of groups.values()) {
      made.push({
        namespace: service.namespace,
        name: `${service.name}-${made.length + 1}`,
        service: service.name,
        family,
        ports,
        endpoints,
      });
    }
  }
  return made;
}

/** A Service's slices are of its ClusterIPs' families; a headless one takes what its pods have. */
const familiesOf = (service: Service): readonly IpFamily[] =>
  service.clusterIps.length === 0 ? FAMILIES : service.clusterIps.map(familyOf);

/** A pod that has ended or has no address of the family yet is no endpoint. */
function endpointOf(service: Service, pod: Pod, family: IpFamily): Endpoint | undefined {
  const address = pod.ips.find((ip) => familyOf(ip) === family);
  if (address === undefined || pod.phase === 'Succeeded' || pod.phase === 'Failed') {
    return undefined;
  }
  // A host name is published only for the Service that the pod names as its subdomain.
  const named = pod.hostname !== undefined && pod.subdomain === service.name;
  return {
    addresses: [address],
    ready: pod.ready || service.publishNotReadyAddresses,
    serving: pod.ready,
    terminating: false,
    nodeName: pod.node,
    pod: `${pod.namespace}/${pod.name}`,
    ...(named ? { hostname: pod.hostname } : {}),
  };
}

/** Where the Service's ports lead on this pod; a named target port that the pod does not have is left out. */
function portsOn(service: Service, pod: Pod): EndpointSlice['ports'] {
  return service.ports.flatMap((port) => {
    const target = targetPortOn(port, pod);
    return target === undefined ? [] : [{ name: port.name, protocol: port.protocol, port: target }];
  });
}

const targetPortOn = (port: ServicePort, pod: Pod): number | undefined =>
  typeof port.targetPort === 'number'
    ? port.targetPort
    : pod.ports.find((c) => c.name === port.targetPort && c.protocol === port.protocol)?.port;
