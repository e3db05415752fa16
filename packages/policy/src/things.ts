import type { Cluster, ContainerPort, Labels, Node, Pod } from '@podpath/cluster';
import type { LabelLookup } from './label-expression.ts';
import { NAMESPACE, NODE, ORCHESTRATOR, SERVICE_ACCOUNT } from './scoped-labels.ts';

/** Something that selectors can select, as they see it. */
export interface Thing {
  readonly label: LabelLookup;
  /** Named ports are looked up among them. */
  readonly ports: readonly ContainerPort[];
}

/** Pods that name no service account run as this one. */
const DEFAULT_SERVICE_ACCOUNT = 'default';

export const thingOfPod = (cluster: Cluster, pod: Pod): Thing => ({
  label: lookup({
    '': pod.labels,
    namespace: namespaceLabels(cluster, pod.namespace),
    facts: {
      [NAMESPACE]: pod.namespace,
      [SERVICE_ACCOUNT]: DEFAULT_SERVICE_ACCOUNT,
      [ORCHESTRATOR]: 'k8s',
    },
  }),
  ports: pod.ports,
});

export const thingOfNode = ({ name, labels }: Node): Thing => ({
  label: lookup({ node: labels, facts: { [NODE]: name } }),
  ports: [],
});

const namespaceLabels = (cluster: Cluster, name: string): Labels =>
  cluster.namespaces.get(name)?.labels ?? { 'kubernetes.io/metadata.name': name };

interface Scopes {
  /** Its own labels. */
  readonly ''?: Labels;
  readonly namespace?: Labels;
  readonly serviceaccount?: Labels;
  readonly node?: Labels;
  /** By their whole keys. */
  readonly facts: Labels;
}

/** Reads labels as `scoped-labels.ts` writes their keys. */
const lookup =
  (scopes: Scopes): LabelLookup =>
  (label) => {
    const colon = label.indexOf(':');
    if (colon === 0) return read(scopes.facts, label);
    if (colon < 0) return read(scopes[''], label);
    const scope = label.slice(0, colon);
    return scope === 'namespace' || scope === 'serviceaccount' || scope === 'node'
      ? read(scopes[scope], label.slice(colon + 1))
      : undefined;
  };

const read = (labels: Labels | undefined, key: string): string | undefined =>
  labels !== undefined && Object.hasOwn(labels, key) ? labels[key] : undefined;
