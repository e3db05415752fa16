import type { Labels } from '@podpath/cluster';
import type { CalicoRule, Profile } from './calico-policy.ts';

const ALLOW_ALL: readonly CalicoRule[] = [{ action: 'Allow', source: {}, destination: {} }];

export const NAMESPACE_LABEL_PREFIX = 'pcns.';
export const SERVICE_ACCOUNT_LABEL_PREFIX = 'pcsa.';
const NAME_LABEL = 'projectcalico.org/name';

const prefixed = (
  prefix: string,
  name: string,
  labels: Labels,
): Readonly<Record<string, string>> => {
  const entries = Object.entries(labels).map(([key, value]) => [prefix + key, value]);
  return Object.fromEntries([...entries, [prefix + NAME_LABEL, name]]);
};

/** What a Namespace means to Calico: its pods may do everything unless a policy selects them, and carry its labels. */
export const namespaceProfile = (namespace: string, labels: Labels): Profile => ({
  name: `kns.${namespace}`,
  ingress: ALLOW_ALL,
  egress: ALLOW_ALL,
  labelsToApply: prefixed(NAMESPACE_LABEL_PREFIX, namespace, labels),
});

/** What a ServiceAccount means to Calico: labels for its pods, and no rules. */
export const serviceAccountProfile = (
  namespace: string,
  name: string,
  labels: Labels,
): Profile => ({
  name: `ksa.${namespace}.${name}`,
  ingress: [],
  egress: [],
  labelsToApply: prefixed(SERVICE_ACCOUNT_LABEL_PREFIX, name, labels),
});
