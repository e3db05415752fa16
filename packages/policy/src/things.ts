import type {
  Cluster,
  ContainerPort,
  HostEndpoint,
  Labels,
  NetworkSet,
  Pod,
} from '@podpath/cluster';
import type { LabelLookup } from './label-expression.ts';
import { NAMESPACE, ORCHESTRATOR, SERVICE_ACCOUNT } from './scoped-labels.ts';

/** Something that selectors can select, as they see it. */
export interface Thing {
  readonly label: LabelLookup;
  /** Named ports are looked up among them. */
  readonly ports: readonly ContainerPort[];
}

/** Pods that name no service account run as this one. */
const DEFAULT_SERVICE_ACCOUNT = 'default';

export const thingOfPod = (cluster: Cluster, pod: Pod): Thing => {
  const { namespace, serviceAccount = DEFAULT_SERVICE_ACCOUNT } = pod;
  return {
    label: lookup({
      own: pod.labels,
      namespace: namespaceLabels(cluster, namespace),
      serviceaccount: cluster.serviceAccounts.get(`${namespace}/${serviceAccount}`)?.labels ?? {},
      facts: {
        [NAMESPACE]: namespace,
        [SERVICE_ACCOUNT]: serviceAccount,
        [ORCHESTRATOR]: 'k8s',
      },
    }),
    ports: pod.ports,
  };
};

export const thingOfNetworkSet = (cluster: Cluster, { namespace, labels }: NetworkSet): Thing => ({
  label: lookup(
    namespace === undefined
      ? { own: labels, facts: {} }
      : {
          own: labels,
          namespace: namespaceLabels(cluster, namespace),
          facts: { [NAMESPACE]: namespace },
        },
  ),
  ports: [],
});

/** A host endpoint has its own labels, and before them those that its profiles give it. */
export const thingOfHostEndpoint = (cluster: Cluster, endpoint: HostEndpoint): Thing => {
  const given = endpoint.profiles.flatMap((name) =>
    cluster.calico.profiles.flatMap((profile) =>
      profile.name === name ? [profile.labelsToApply] : [],
    ),
  );
  const labels: Labels = Object.assign({}, ...given, endpoint.labels);
  return { label: lookup({ own: labels, facts: {} }), ports: endpoint.ports };
};

const namespaceLabels = (cluster: Cluster, name: string): Labels =>
  cluster.namespaces.get(name)?.labels ?? { 'kubernetes.io/metadata.name': name };

interface Scopes {
  readonly own: Labels;
  readonly namespace?: Labels;
  readonly serviceaccount?: Labels;
  /** By their whole keys. */
  readonly facts: Labels;
}

/** Reads labels as `scoped-labels.ts` writes their keys. */
const lookup =
  (scopes: Scopes): LabelLookup =>
  (label) => {
    const colon = label.indexOf(':');
    if (colon === 0) return read(scopes.facts, label);
    if (colon < 0) return read(scopes.own, label);
    const scope = label.slice(0, colon);
    return scope === 'namespace' || scope === 'serviceaccount'
      ? read(scopes[scope], label.slice(colon + 1))
      : undefined;
  };

/** Reads plain labels. */
export const labelsOf =
  (labels: Labels): LabelLookup =>
  (label) =>
    read(labels, label);

const read = (labels: Labels | undefined, key: string): string | undefined =>
  labels !== undefined && Object.hasOwn(labels, key) ? labels[key] : undefined;
