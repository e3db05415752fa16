import type { Cluster, EndpointSlice, Labels, NetworkSet, Node, Pod } from '@podpath/cluster';
import { type Ip, type Prefix, prefixOf } from '@podpath/net';
import type { Knowledge } from '../address-knowledge.ts';
import type { Labelled, LabelSources } from './labelled.ts';

const PROTOCOLS = { TCP: 6, UDP: 17, SCTP: 132 } as const;
export const protocolOf = (protocol: keyof typeof PROTOCOLS): number => PROTOCOLS[protocol];

/** What a Service sends to an address. */
export interface ServedPort {
  readonly service: string;
  readonly protocol: number;
  /** Absent: every port. */
  readonly port?: number;
}

const DEFAULT_ACCOUNT = 'default';
const NAME_LABEL = 'kubernetes.io/metadata.name';
const NO_LABELS: Labels = {};

/** The cluster as it is now: what `update` changes, and what everything else is worked out from. */
export class World implements LabelSources {
  readonly pods: Map<string, Pod>;
  readonly nodes: ReadonlyMap<string, Node>;
  readonly sets: Map<string, NetworkSet>;
  readonly hostEndpoints: Cluster['calico']['hostEndpoints'];
  #served: Map<Ip, ServedPort[]> | undefined;
  readonly #endpointSlices: () => readonly EndpointSlice[];
  readonly names = new Map<Ip, string[]>();
  readonly #namespaces = new Map<string, Labels>();
  readonly #byNamespaceLabel = new Map<string, Set<string>>();
  readonly #accounts = new Map<string, Labels>();
  readonly #profiles: Cluster['calico']['profiles'];

  constructor(cluster: Cluster, { dns, endpointSlices }: Knowledge) {
    this.pods = new Map(cluster.pods);
    this.nodes = cluster.nodes;
    this.sets = new Map(cluster.calico.networkSets.map((set) => [setKey(set), set]));
    this.hostEndpoints = cluster.calico.hostEndpoints;
    this.#profiles = cluster.calico.profiles;
    for (const { name, labels } of cluster.namespaces.values()) this.setNamespace(name, labels);
    for (const { namespace } of cluster.pods.values()) this.mention(namespace);
    for (const { namespace } of cluster.calico.networkSets) {
      if (namespace !== undefined) this.mention(namespace);
    }
    for (const [key, { labels }] of cluster.serviceAccounts) this.#accounts.set(key, labels);
    this.#endpointSlices = endpointSlices ?? (() => cluster.endpointSlices);
    for (const [name, addresses] of dns ?? []) {
      for (const address of addresses) push(this.names, address, plainName(name));
    }
  }

  /** What Services send to addresses, found when it is first asked for. */
  get served(): ReadonlyMap<Ip, readonly ServedPort[]> {
    if (this.#served !== undefined) return this.#served;
    this.#served = new Map();
    for (const { namespace, service, endpoints, ports } of this.#endpointSlices()) {
      for (const address of endpoints.flatMap(({ addresses }) => addresses)) {
        for (const { protocol, port } of ports) {
          const one = { service: `${namespace}/${service}`, protocol: protocolOf(protocol) };
          push(this.#served, address, port === undefined ? one : { ...one, port });
        }
      }
    }
    return this.#served;
  }

  /** The cluster that it was made from, as it is now. */
  cluster(given: Cluster): Cluster {
    const namespaces = [...this.#namespaces].map(
      ([name, labels]) => [name, { name, labels }] as const,
    );
    return {
      ...given,
      pods: new Map(this.pods),
      namespaces: new Map(namespaces),
      calico: { ...given.calico, networkSets: [...this.sets.values()] },
    };
  }

  /** Replaces its labels. */
  setNamespace(name: string, labels: Labels): void {
    for (const [key, value] of Object.entries(this.#namespaces.get(name) ?? {})) {
      this.#byNamespaceLabel.get(`${key}=${value}`)?.delete(name);
    }
    this.#namespaces.set(name, labels);
    for (const [key, value] of Object.entries(labels)) {
      const label = `${key}=${value}`;
      const names = this.#byNamespaceLabel.get(label);
      if (names === undefined) this.#byNamespaceLabel.set(label, new Set([name]));
      else names.add(name);
    }
  }

  namespaceLabels(name: string): Labels {
    return this.#namespaces.get(name) ?? { [NAME_LABEL]: name };
  }

  namespacesWith(key: string, value: string): readonly string[] {
    return [...(this.#byNamespaceLabel.get(`${key}=${value}`) ?? [])];
  }

  /** A namespace that only what is in it speaks of has its name for a label. */
  mention(name: string): void {
    if (!this.#namespaces.has(name)) this.setNamespace(name, { [NAME_LABEL]: name });
  }

  accountLabels(account: string): Labels {
    return this.#accounts.get(account) ?? NO_LABELS;
  }

  /** What stands at every address of a prefix besides pods: sets around it, host endpoints that expect it. */
  *addressThings(): Generator<readonly [Prefix, Labelled]> {
    for (const { nets, labels, namespace } of this.sets.values()) {
      const thing = { own: labels, pod: false, ports: [] };
      for (const net of nets)
        yield [net, namespace === undefined ? thing : { ...thing, namespace }];
    }
    for (const { labels, profiles, expectedIps, ports } of this.hostEndpoints) {
      const given = profiles.flatMap((name) =>
        this.#profiles.flatMap((each) => (each.name === name ? [each.labelsToApply] : [])),
      );
      const thing = { own: Object.assign({}, ...given, labels), pod: false, ports };
      for (const address of expectedIps) yield [prefixOfOne(address), thing];
    }
  }
}

export const setKey = ({ namespace, name }: Pick<NetworkSet, 'namespace' | 'name'>): string =>
  `${namespace ?? ''}/${name}`;

export const labelledPod = (pod: Pod): Labelled => ({
  own: pod.labels,
  namespace: pod.namespace,
  account: pod.serviceAccount ?? DEFAULT_ACCOUNT,
  pod: true,
  ports: pod.ports,
});

export const prefixOfOne = (address: Ip): Prefix =>
  prefixOf(address, typeof address === 'number' ? 32 : 128);

/** As names are compared. */
const plainName = (name: string): string => name.toLowerCase().replace(/\.$/, '');

/** `*.example.com` is every name below `example.com`. */
export const nameFits = (pattern: string, name: string): boolean => {
  const wanted = plainName(pattern);
  return wanted.startsWith('*.') ? name.endsWith(wanted.slice(1)) : name === wanted;
};

const push = <Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void => {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
};
