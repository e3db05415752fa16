import type { Cluster, Service, ServicePort } from '@podpath/cluster';
import { familyOf, type Ip, type IpFamily, type Prefix } from '@podpath/net';
import { type ChainNames, chainNames, endpointChainName } from './chain-names.ts';
import type { TrafficPolicies } from './endpoint-selection.ts';
import { endpointsOf, type ServiceEndpoint } from './endpoints.ts';
import { servicePortName } from './service-port-name.ts';
import { type ServiceProtocol, serviceProtocol } from './service-protocol.ts';

/** One Service port in one family: what kube-proxy keeps of it, the same on every node. */
export interface ProxiedPort extends TrafficPolicies {
  readonly name: string;
  readonly protocol: ServiceProtocol;
  readonly clusterIp: Ip;
  readonly port: number;
  readonly externalIps: readonly Ip[];
  readonly loadBalancerIps: readonly Ip[];
  readonly sourceRanges: readonly Prefix[];
  readonly nodePort?: number;
  readonly healthCheckNodePort?: number;
  readonly affinitySeconds?: number;
  readonly chains: ChainNames;
  readonly endpoints: readonly ProxiedEndpoint[];
}

export interface ProxiedEndpoint extends ServiceEndpoint {
  readonly chain: string;
}

const PROXY_NAME_LABEL = 'service.kubernetes.io/service-proxy-name';
const HEADLESS_LABEL = 'service.kubernetes.io/headless';

/** Service ports that kube-proxy of a family looks after, by Service name, ports in the Service's order. */
export function proxiedPorts(cluster: Cluster, family: IpFamily): readonly ProxiedPort[] {
  return [...cluster.services.entries()]
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .flatMap(([, service]) => portsOf(cluster, service, family));
}

function portsOf(cluster: Cluster, service: Service, family: IpFamily): readonly ProxiedPort[] {
  const clusterIp = service.clusterIps.find((ip) => familyOf(ip) === family);
  if (clusterIp === undefined || service.headless || service.type === 'ExternalName') return [];
  if (PROXY_NAME_LABEL in service.labels || HEADLESS_LABEL in service.labels) return [];
  const endpoints = endpointsOf(cluster, service).filter((e) => e.family === family);
  return service.ports.map((port) => proxiedPort(service, port, clusterIp, endpoints));
}

function proxiedPort(
  service: Service,
  port: ServicePort,
  clusterIp: Ip,
  endpoints: readonly ServiceEndpoint[],
): ProxiedPort {
  const name = servicePortName(service, port);
  const protocol = serviceProtocol(port.protocol);
  const family = familyOf(clusterIp);
  const ofFamily = (ips: readonly Ip[]) => ips.filter((ip) => familyOf(ip) === family);
  const externalIps = ofFamily(service.externalIps);
  const loadBalancerIps = ofFamily(service.loadBalancerIps);
  const { nodePort } = port;
  const externalLocal = service.externalTrafficPolicy === 'Local';
  const checksHealth = externalLocal && service.type === 'LoadBalancer';
  return {
    name,
    protocol,
    clusterIp,
    port: port.port,
    externalIps,
    loadBalancerIps,
    sourceRanges: service.loadBalancerSourceRanges.filter((r) => familyOf(r.address) === family),
    internalLocal: service.internalTrafficPolicy === 'Local',
    externalLocal,
    externallyAccessible:
      nodePort !== undefined || loadBalancerIps.length > 0 || externalIps.length > 0,
    chains: chainNames(name, protocol),
    endpoints: endpoints
      .filter((e) => e.portName === port.name && e.protocol === port.protocol)
      .map((e) => ({ ...e, chain: endpointChainName(name, protocol, e.text) })),
    ...(nodePort === undefined ? {} : { nodePort }),
    ...(checksHealth && service.healthCheckNodePort !== undefined
      ? { healthCheckNodePort: service.healthCheckNodePort }
      : {}),
    ...(service.sessionAffinitySeconds === undefined
      ? {}
      : { affinitySeconds: service.sessionAffinitySeconds }),
  };
}
