import type { Cluster, HostEndpoint, LabelLookup, Labels, NetworkSet, Pod } from '@podpath/cluster';
import { namespaceProfile, serviceAccountProfile } from '../policies/profiles.ts';

/** The service account of pods that name none. */
const DEFAULT_SERVICE_ACCOUNT = 'default';

export const serviceAccountOf = ({ serviceAccount }: Pod): string =>
  serviceAccount ?? DEFAULT_SERVICE_ACCOUNT;

/** The profiles of a pod, in the order in which they are asked. */
export const profilesOf = (pod: Pod): readonly string[] => [
  `kns.${pod.namespace}`,
  `ksa.${pod.namespace}.${serviceAccountOf(pod)}`,
];

/**
 * What selectors see of a pod: its labels, what the CNI plugin adds to them, and what its namespace and
 * service account hand down. The pod's own labels win over those.
 */
export const endpointLabels = (pod: Pod, cluster: Cluster): LabelLookup => {
  const account = serviceAccountOf(pod);
  const accountLabels = cluster.serviceAccounts.get(`${pod.namespace}/${account}`)?.labels ?? {};
  return lookup(
    serviceAccountProfile(pod.namespace, account, accountLabels).labelsToApply,
    namespaceLabels(pod.namespace, cluster),
    pod.labels,
    {
      [NAMESPACE_LABEL]: pod.namespace,
      'projectcalico.org/orchestrator': 'k8s',
      'projectcalico.org/serviceaccount': account,
    },
  );
};

/** What selectors see of a set of networks. */
export const networkSetLabels = (
  { namespace, labels }: NetworkSet,
  cluster: Cluster,
): LabelLookup =>
  namespace === undefined
    ? lookup(labels)
    : lookup(namespaceLabels(namespace, cluster), labels, { [NAMESPACE_LABEL]: namespace });

/** What selectors see of a host endpoint: its labels, and before them those of its profiles. */
export const hostEndpointLabels = (
  { labels, profiles }: HostEndpoint,
  { calico }: Cluster,
): LabelLookup =>
  lookup(
    ...profiles.flatMap((name) =>
      calico.profiles.filter((each) => each.name === name).map((each) => each.labelsToApply),
    ),
    labels,
  );

const NAMESPACE_LABEL = 'projectcalico.org/namespace';

const namespaceLabels = (namespace: string, { namespaces }: Cluster): Labels =>
  namespaceProfile(namespace, namespaces.get(namespace)?.labels ?? {}).labelsToApply;

/** Later ones win. */
const lookup = (...given: readonly Labels[]): LabelLookup => {
  const labels = new Map(given.flatMap((each) => Object.entries(each)));
  return (label) => labels.get(label);
};
