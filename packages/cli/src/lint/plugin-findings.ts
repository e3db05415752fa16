import type {
  Cluster,
  ClusterNetworkPolicyRule,
  LabelSelector,
  NetworkPolicy,
  NetworkPolicyRule,
} from '@podpath/cluster';
import type { NetworkPlugin, PolicyDeviation } from '@podpath/cni';
import { familyOf, prefixContains } from '@podpath/net';
import {
  type Finding,
  finding,
  type PolicyRef,
  type RuleRef,
  refOf,
  refOfCalico,
  refOfClusterPolicy,
} from '@podpath/policy';

/** What a plugin does not do of a cluster's policies, or does otherwise: what it declares, where it matters. */
export function pluginFindings(
  { name, title, features }: NetworkPlugin,
  cluster: Cluster,
): readonly Finding[] {
  if (!features.enforcesPolicy) {
    const message = `has no effect: ${title} enforces no policies`;
    return allPolicies(cluster).map((ref) =>
      finding(`${name}/policies-ignored`, 'error', ref, message),
    );
  }
  return features.policyDeviations.flatMap(({ id, text }) =>
    touched(id, cluster).map(({ ref, severity }) =>
      finding(`${name}/${id}`, severity, ref, `is read otherwise by ${title}: ${text}`),
    ),
  );
}

interface Touched {
  readonly ref: PolicyRef | RuleRef;
  readonly severity: Finding['severity'];
}

/** The policies and rules that a deviation is about. An error where they mean something else, info where it is about ends of a kind. */
function touched(id: PolicyDeviation['id'], cluster: Cluster): readonly Touched[] {
  const { networkPolicies, clusterNetworkPolicies, calico } = cluster;
  const error = (ref: PolicyRef | RuleRef): Touched => ({ ref, severity: 'error' });
  const rules = networkPolicies.flatMap(rulesOf);
  switch (id) {
    case 'named-ports-reject-policy':
      return rules.filter(hasNamedPort).map(({ ref }) => error(ref));
    case 'end-port-ignored':
      return rules.filter(hasRange).map(({ ref }) => error(ref));
    case 'ipv6-unsupported':
      return rules.filter(hasIpv6Block).map(({ ref }) => error(ref));
    case 'unlisted-type-rules-apply':
      return rules.filter(isUnlisted).map(({ ref }) => error(ref));
    case 'selector-name-clash':
      return clashing(rules).map(({ ref }) => error(ref));
    case 'cluster-policies-ignored':
      return clusterNetworkPolicies.map((policy) => error(refOfClusterPolicy(policy)));
    case 'calico-policies-ignored':
      return calico.policies.map((policy) => error(refOfCalico(policy)));
    case 'cluster-policies-fail-closed':
      return clusterNetworkPolicies.flatMap((policy) =>
        (['ingress', 'egress'] as const).flatMap((direction) =>
          [...policy[direction].entries()]
            .filter(([, rule]) => isNotUnderstood(rule))
            .map(([index, { source }]) =>
              error({
                policy: refOfClusterPolicy(policy),
                direction,
                index,
                ...(source === undefined ? {} : { source }),
              }),
            ),
        ),
      );
    case 'host-endpoints-ignored':
      return calico.hostEndpoints.map(({ name, source }) =>
        error({
          kind: 'HostEndpoint',
          apiGroup: 'projectcalico.org',
          name,
          ...(source === undefined ? {} : { source }),
        }),
      );
    case 'node-source-is-tunnel-address':
      return rules
        .filter((rule) => rule.direction === 'ingress' && namesNode(rule, cluster))
        .map(({ ref }) => ({ ref, severity: 'warning' }));
    case 'pod-to-own-node-policed':
    case 'pod-to-own-node-unpoliced':
      return ofDirection(networkPolicies, 'Egress');
    case 'node-to-local-pod-unpoliced':
      return ofDirection(networkPolicies, 'Ingress');
    case 'local-host-unpoliced':
      return first(networkPolicies);
  }
}

const ofDirection = (
  policies: readonly NetworkPolicy[],
  type: 'Ingress' | 'Egress',
): readonly Touched[] => first(policies.filter(({ policyTypes }) => policyTypes.includes(type)));

/** It is about all of them alike, which need not be said of each. */
const first = ([policy]: readonly NetworkPolicy[]): readonly Touched[] =>
  policy === undefined ? [] : [{ ref: refOf(policy), severity: 'info' }];

const allPolicies = (cluster: Cluster): readonly PolicyRef[] => [
  ...cluster.networkPolicies.map(refOf),
  ...cluster.clusterNetworkPolicies.map(refOfClusterPolicy),
  ...cluster.calico.policies.map(refOfCalico),
];

interface PlacedRule {
  readonly policy: NetworkPolicy;
  readonly direction: 'ingress' | 'egress';
  readonly rule: NetworkPolicyRule;
  readonly ref: RuleRef;
}

const rulesOf = (policy: NetworkPolicy): readonly PlacedRule[] =>
  (['ingress', 'egress'] as const).flatMap((direction) =>
    policy[direction].map((rule, index) => ({
      policy,
      direction,
      rule,
      ref: {
        policy: refOf(policy),
        direction,
        index,
        ...(rule.source === undefined ? {} : { source: rule.source }),
      },
    })),
  );

const hasNamedPort = ({ rule }: PlacedRule): boolean =>
  rule.ports.some(({ port }) => typeof port === 'string');

const hasRange = ({ rule }: PlacedRule): boolean =>
  rule.ports.some(({ port, endPort }) => endPort !== undefined && endPort !== port);

const hasIpv6Block = ({ rule }: PlacedRule): boolean =>
  rule.peers.some(({ ipBlock }) => ipBlock !== undefined && familyOf(ipBlock.cidr.address) === 6);

const isUnlisted = ({ policy, direction }: PlacedRule): boolean =>
  !policy.policyTypes.includes(direction === 'ingress' ? 'Ingress' : 'Egress');

/** A block that is about a node, and not just about everything. */
const namesNode = ({ rule }: PlacedRule, { nodes }: Cluster): boolean =>
  rule.peers.some(
    ({ ipBlock }) =>
      ipBlock !== undefined &&
      ipBlock.cidr.length > 0 &&
      [...nodes.values()].some(({ addresses }) =>
        addresses.some((address) => prefixContains(ipBlock.cidr, address)),
      ),
  );

/** Rules that have a namespace selector in one of two ways, after another that has it in the other. */
const clashing = (rules: readonly PlacedRule[]): readonly PlacedRule[] => {
  const ways = new Map<string, 'alone' | 'with all pods'>();
  return rules.filter(({ rule }) => {
    let clashes = false;
    for (const { namespaceSelector, podSelector } of rule.peers) {
      if (namespaceSelector === undefined) continue;
      if (podSelector !== undefined && !isEmpty(podSelector)) continue;
      const way = podSelector === undefined ? 'alone' : 'with all pods';
      const key = JSON.stringify(namespaceSelector);
      const first = ways.get(key) ?? way;
      ways.set(key, first);
      if (first !== way) clashes = true;
    }
    return clashes;
  });
};

const isEmpty = ({ matchLabels, matchExpressions }: LabelSelector): boolean =>
  Object.keys(matchLabels).length === 0 && matchExpressions.length === 0;

/** What Calico does not understand of a cluster-scoped policy's rule. */
export const isNotUnderstood = ({ peers, ports }: ClusterNetworkPolicyRule): boolean =>
  ports.some((port) => 'name' in port) ||
  peers.some(({ kind }) => kind === 'nodes' || kind === 'domains');
