import type { LabelSelector, NetworkPolicy, NetworkPolicyRule } from '@podpath/cluster';

/** A label selector with these labels, for tests. */
export const labels = (matchLabels: Record<string, string>): LabelSelector => ({
  matchLabels,
  matchExpressions: [],
});

/** A NetworkPolicy in namespace `prod` that selects every pod there, for tests. */
export const networkPolicy = (
  name: string,
  parts: {
    podSelector?: LabelSelector;
    namespace?: string;
    ingress?: readonly NetworkPolicyRule[];
    egress?: readonly NetworkPolicyRule[];
  },
): NetworkPolicy => ({
  namespace: parts.namespace ?? 'prod',
  name,
  podSelector: parts.podSelector ?? labels({}),
  policyTypes: [
    ...(parts.ingress === undefined ? [] : (['Ingress'] as const)),
    ...(parts.egress === undefined ? [] : (['Egress'] as const)),
  ],
  ingress: parts.ingress ?? [],
  egress: parts.egress ?? [],
});
