import type { Labels, Namespace, Pod } from '@podpath/cluster';
import { namespaceProfile, serviceAccountProfile } from '../policies/profiles.ts';
import type { LabelLookup } from '../selectors/matches-selector.ts';

/** Pods do not say which service account they run as; this is the one that they get when nobody chooses. */
export const ASSUMED_SERVICE_ACCOUNT = 'default';

/** The profiles of a namespace's pods, in the order in which they are asked. */
export const profilesOf = (namespace: string): readonly string[] => [
  `kns.${namespace}`,
  `ksa.${namespace}.${ASSUMED_SERVICE_ACCOUNT}`,
];

/**
 * What selectors see of a pod: its labels, what the CNI plugin adds to them, and what its namespace and
 * service account hand down. The pod's own labels win over those.
 */
export const endpointLabels = (pod: Pod, namespace: Namespace | undefined): LabelLookup => {
  const labels = new Map<string, string>();
  const add = (more: Labels) => {
    for (const [key, value] of Object.entries(more)) labels.set(key, value);
  };
  add(serviceAccountProfile(pod.namespace, ASSUMED_SERVICE_ACCOUNT, {}).labelsToApply);
  add(namespaceProfile(pod.namespace, namespace?.labels ?? {}).labelsToApply);
  add(pod.labels);
  labels.set('projectcalico.org/namespace', pod.namespace);
  labels.set('projectcalico.org/orchestrator', 'k8s');
  labels.set('projectcalico.org/serviceaccount', ASSUMED_SERVICE_ACCOUNT);
  return (label) => labels.get(label);
};
