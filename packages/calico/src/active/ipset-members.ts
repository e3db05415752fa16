import {
  type Cluster,
  type ContainerPort,
  type HostEndpoint,
  matchesCalicoSelector,
  type Pod,
} from '@podpath/cluster';
import type { IpsetEntry } from '@podpath/linux';
import { familyOf, type Ip, type IpFamily, type Prefix } from '@podpath/net';
import { endpointSlicesOf } from '@podpath/services';
import { bitsOf } from '../ipam/ip-pool.ts';
import type { IpsetContent } from '../policies/scan-rules.ts';
import type { EndpointIndex } from './endpoint-index.ts';
import { hostEndpointLabels, networkSetLabels } from './endpoint-labels.ts';

/** The members of the sets that rules need, over the whole cluster. Each set is filled once, however many nodes ask. */
export class IpsetMembers {
  readonly #cluster: Cluster;
  readonly #endpoints: EndpointIndex;
  readonly #filled = new Map<string, readonly IpsetEntry[]>();

  constructor(endpoints: EndpointIndex, cluster: Cluster) {
    this.#endpoints = endpoints;
    this.#cluster = cluster;
  }

  of(content: IpsetContent, family: IpFamily): readonly IpsetEntry[] {
    const key = `${family} ${content.id}`;
    let entries = this.#filled.get(key);
    if (entries === undefined) {
      entries = unique(this.#entriesOf(content, family));
      this.#filled.set(key, entries);
    }
    return entries;
  }

  #entriesOf(content: IpsetContent, family: IpFamily): readonly IpsetEntry[] {
    switch (content.kind) {
      case 'service':
      case 'service-ports':
        return serviceEntries(this.#cluster, content, family);
      case 'selector':
        return [
          ...this.#podsOf(content).flatMap(({ ips }) => ips.filter(isOf(family)).map(netEntry)),
          ...this.#otherNets(content, family),
        ];
      case 'named-port':
        return [
          ...this.#podsOf(content).flatMap(({ ips, ports }) =>
            portEntries(ips, ports, content, family),
          ),
          ...this.#hostEndpoints(content).flatMap(({ expectedIps, ports }) =>
            portEntries(expectedIps, ports, content, family),
          ),
        ];
    }
  }

  #podsOf({ selector }: SelectedContent): readonly Pod[] {
    return this.#endpoints.matching(selector).flatMap(({ pods }) => pods);
  }

  #hostEndpoints({ selector }: SelectedContent): readonly HostEndpoint[] {
    return this.#cluster.calico.hostEndpoints.filter((endpoint) =>
      matchesCalicoSelector(selector, hostEndpointLabels(endpoint, this.#cluster)),
    );
  }

  /** Of host endpoints and network sets. */
  #otherNets(content: SelectedContent, family: IpFamily): readonly IpsetEntry[] {
    const sets = this.#cluster.calico.networkSets.filter((set) =>
      matchesCalicoSelector(content.selector, networkSetLabels(set, this.#cluster)),
    );
    return [
      ...this.#hostEndpoints(content).flatMap(({ expectedIps }) =>
        expectedIps.filter(isOf(family)).map(netEntry),
      ),
      ...sets
        .flatMap(({ nets }) => nets)
        .filter(({ address }) => isOf(family)(address))
        .flatMap(prefixEntries),
    ];
  }
}

type SelectedContent = Extract<IpsetContent, { readonly kind: 'selector' | 'named-port' }>;

const isOf =
  (family: IpFamily) =>
  (address: Ip): boolean =>
    familyOf(address) === family;

const portEntries = (
  addresses: readonly Ip[],
  declared: readonly ContainerPort[],
  content: Extract<IpsetContent, { readonly kind: 'named-port' }>,
  family: IpFamily,
): readonly IpsetEntry[] => {
  const { port: name, protocol } = content;
  const ports = declared.filter(
    (port) => port.name === name && port.protocol.toLowerCase() === protocol,
  );
  return addresses
    .filter(isOf(family))
    .flatMap((address) =>
      ports.map(({ port }): IpsetEntry => ({ kind: 'ip,port', address, protocol, port })),
    );
};

/** What the endpoint slices of a Service hold, ready or not. Follows felix/calc/service_index. */
const serviceEntries = (
  cluster: Cluster,
  { kind, service }: Extract<IpsetContent, { readonly service: string }>,
  family: IpFamily,
): readonly IpsetEntry[] =>
  endpointSlicesOf(cluster)
    .filter((slice) => `${slice.namespace}/${slice.service}` === service)
    .flatMap(({ endpoints, ports }) =>
      endpoints
        .flatMap(({ addresses }) => addresses)
        .filter(isOf(family))
        .flatMap((address): readonly IpsetEntry[] =>
          kind === 'service'
            ? [netEntry(address)]
            : ports.flatMap(({ protocol, port }): readonly IpsetEntry[] =>
                port === undefined
                  ? []
                  : [{ kind: 'ip,port', address, protocol: LOWER_CASE[protocol], port }],
              ),
        ),
    );

const LOWER_CASE = { TCP: 'tcp', UDP: 'udp', SCTP: 'sctp' } as const;

/** ipset takes no net of length 0, so Felix writes its two halves. */
export const prefixEntries = (prefix: Prefix): readonly IpsetEntry[] => {
  if (prefix.length > 0) return [{ kind: 'net', prefix }];
  const upper = typeof prefix.address === 'number' ? 2 ** 31 : 1n << 127n;
  return [prefix.address, upper].map((address) => ({
    kind: 'net',
    prefix: { address, length: 1 },
  }));
};

/** One address in a set of nets. */
export const netEntry = (address: Ip): IpsetEntry => ({
  kind: 'net',
  prefix: { address, length: bitsOf(familyOf(address)) },
});

/** Two pods may claim one address in the input; ipset takes a member once. */
const unique = (entries: readonly IpsetEntry[]): readonly IpsetEntry[] => {
  const seen = new Map<string, IpsetEntry>();
  for (const entry of entries) seen.set(keyOf(entry), entry);
  return [...seen.values()];
};

const keyOf = (entry: IpsetEntry): string => {
  switch (entry.kind) {
    case 'ip':
      return String(entry.address);
    case 'net':
      return `${entry.prefix.address}/${entry.prefix.length}`;
    case 'ip,port':
      return `${entry.address} ${entry.protocol} ${entry.port}`;
    case 'set':
      return entry.name;
    default:
      throw new RangeError(`Felix makes no members of kind ${entry.kind}`);
  }
};
