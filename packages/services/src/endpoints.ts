import type { Cluster, PortProtocol, Service } from '@podpath/cluster';
import { familyOf, formatIp, type Ip, type IpFamily } from '@podpath/net';
import { slicesByService } from './endpoint-slices.ts';

/** One address and port behind a Service port. */
export interface ServiceEndpoint {
  readonly family: IpFamily;
  readonly address: Ip;
  readonly port: number;
  /** `IP:port`, or `[IP]:port` for IPv6. */
  readonly text: string;
  /** Service port that leads here: its name (empty when it has none) and protocol. */
  readonly portName: string;
  readonly protocol: PortProtocol;
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  readonly nodeName?: string;
  /** Zones that the endpoint is meant for (`hints.forZones`). */
  readonly zones?: readonly string[];
  /** `namespace/name` of the pod behind it, if any. */
  readonly pod?: string;
}

/**
 * Every endpoint of a Service, ready or not. An address and port that several slices list counts once.
 * Ordered by the bytes of `text`, as kube-proxy orders them: 10.1.1.11:11 comes before 10.1.1.1:11.
 */
export function endpointsOf(
  cluster: Cluster,
  service: Pick<Service, 'namespace' | 'name'>,
): readonly ServiceEndpoint[] {
  const found = new Map<string, ServiceEndpoint>();
  const slices = slicesByService(cluster).get(`${service.namespace}/${service.name}`) ?? [];
  for (const slice of slices) {
    for (const { name, protocol, port } of slice.ports) {
      if (port === undefined) continue;
      for (const endpoint of slice.endpoints) {
        // Readers of slices look at the first address only.
        const [address] = endpoint.addresses;
        if (address === undefined) continue;
        const text = endpointText(address, port);
        const key = `${name} ${protocol} ${text}`;
        if (found.has(key)) continue;
        found.set(key, {
          family: slice.family,
          address,
          port,
          text,
          portName: name,
          protocol,
          ready: endpoint.ready,
          serving: endpoint.serving,
          terminating: endpoint.terminating,
          ...(endpoint.nodeName === undefined ? {} : { nodeName: endpoint.nodeName }),
          ...(endpoint.zones === undefined ? {} : { zones: endpoint.zones }),
          ...(endpoint.pod === undefined ? {} : { pod: endpoint.pod }),
        });
      }
    }
  }
  return [...found.values()].sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0));
}

/** `IP:port`, or `[IP]:port` for IPv6. */
export const endpointText = (address: Ip, port: number): string =>
  familyOf(address) === 4 ? `${formatIp(address)}:${port}` : `[${formatIp(address)}]:${port}`;
