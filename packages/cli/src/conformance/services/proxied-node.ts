import { type Cluster, clusterFromObjects } from '@podpath/cluster';
import { createNetwork, type NamespaceView } from '@podpath/linux';
import { familyOf, parseIp, parsePrefixLoose } from '@podpath/net';
import { type KubeProxyOptions, kubeProxyCommands } from '@podpath/services';
import type { ServiceCase, ServiceVectors } from './vectors.ts';

type Conventions = ServiceVectors['conventions'];

/** The cluster of a case, as the loader takes it: the node, the Services and, if wanted, their endpoints. */
export function clusterOf(
  { services, endpointSlices, config }: ServiceCase,
  { localNodeName, localNodeIPs }: Conventions,
  withEndpoints: boolean,
): Cluster {
  const family = config.family === 'IPv6' ? 6 : 4;
  const address = localNodeIPs.find((ip) => familyOf(parseIp(ip)) === family);
  const cluster = clusterFromObjects(
    [
      {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name: localNodeName },
        status: { addresses: [{ type: 'InternalIP', address }] },
      },
      ...services.map((service) => ({
        apiVersion: 'v1',
        kind: 'Service',
        ...withoutHealthCheck(service),
      })),
      ...(withEndpoints ? endpointSlices : []).map((slice) => ({
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        ...slice,
      })),
    ],
    { families: [family] },
  );
  return { ...cluster, services: withGivenNodePorts(cluster.services, services) };
}

/** kube-proxy does not allocate ports as the API server does: a case without one means none. */
function withGivenNodePorts(
  loaded: Cluster['services'],
  given: ServiceCase['services'],
): Cluster['services'] {
  const text = JSON.stringify(given);
  return new Map(
    [...loaded].map(([key, service]) => [
      key,
      {
        ...service,
        ports: service.ports.map(({ nodePort, ...port }) =>
          nodePort !== undefined && text.includes(`"nodePort":${nodePort}`)
            ? { ...port, nodePort }
            : port,
        ),
      },
    ]),
  );
}

/** Upstream's tests set a health check port where the API would refuse one and kube-proxy does not look at it. */
function withoutHealthCheck(service: ServiceCase['services'][number]): object {
  const { healthCheckNodePort: _, ...spec } = service.spec ?? {};
  return spec.externalTrafficPolicy === 'Local' ? service : { ...service, spec };
}

/** A namespace with the node's addresses that kube-proxy has programmed. */
export function proxiedNode(
  cluster: Cluster,
  { config }: ServiceCase,
  { localNodeName, localNodeIPs, localPodCIDR }: Conventions,
): NamespaceView {
  const node = cluster.nodes.get(localNodeName);
  if (node === undefined) throw new Error(`there is no node ${localNodeName}`);
  const { localDetector } = config;
  const cidrs =
    localDetector === undefined
      ? [localPodCIDR.IPv4, localPodCIDR.IPv6]
      : [localDetector].filter((cidr) => cidr !== null);
  const options: KubeProxyOptions = {
    localDetector: { kind: 'cluster-cidr', cidrs: cidrs.map(parsePrefixLoose) },
    masqueradeAll: config.masqueradeAll ?? false,
    randomFully: config.iptablesHasRandomFully ?? false,
    localhostNodePorts: config.localhostNodePorts ?? true,
    nodePortAddresses: (config.nodePortAddresses ?? []).map(parsePrefixLoose),
  };
  const network = createNetwork();
  network.addNamespace(localNodeName);
  network.apply({
    namespace: localNodeName,
    commands: [
      { kind: 'link-set', dev: 'lo', up: true },
      { kind: 'link-add', type: 'dummy', name: 'eth0' },
      { kind: 'link-set', dev: 'eth0', up: true },
      ...localNodeIPs
        .map(parseIp)
        .filter((ip) => ip !== LOOPBACK_V4 && ip !== LOOPBACK_V6)
        .map((address) => {
          const length = familyOf(address) === 4 ? 32 : 128;
          return { kind: 'address-add', dev: 'eth0', address: { address, length } } as const;
        }),
      // Whatever OUTPUT translates must have a way out: the kernel drops what has none.
      ...[EVERYWHERE_V4, EVERYWHERE_V6].map(
        (dst) => ({ kind: 'route-add', route: { dst, dev: 'eth0' } }) as const,
      ),
      ...kubeProxyCommands(cluster, node, options),
    ],
  });
  return network.namespace(localNodeName);
}

const LOOPBACK_V4 = 0x7f00_0001;
const LOOPBACK_V6 = 1n;
const EVERYWHERE_V4 = parsePrefixLoose('0.0.0.0/0');
const EVERYWHERE_V6 = parsePrefixLoose('::/0');
