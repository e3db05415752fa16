/**
 * The labels that a model's expressions are over. A thing's own labels have their plain keys. What it has from
 * elsewhere is told apart by a colon, which no key of Kubernetes or Calico may have: `namespace:team` of its Namespace,
 * `serviceaccount:team` of its ServiceAccount.
 */

/** Whose labels an expression is over. */
export const own = (key: string): string => key;
/** Of the Namespace that it is in. */
export const ofNamespace = (key: string): string => `namespace:${key}`;
/** Of the ServiceAccount that it runs as. */
export const ofServiceAccount = (key: string): string => `serviceaccount:${key}`;

/** Name of the namespace that it is in; absent on what is in none. */
export const NAMESPACE = ':namespace';
/** Name of the ServiceAccount that it runs as; only pods have one. */
export const SERVICE_ACCOUNT = ':serviceaccount';
/** `k8s` on pods of the pod network, and on nothing else. */
export const ORCHESTRATOR = ':orchestrator';
