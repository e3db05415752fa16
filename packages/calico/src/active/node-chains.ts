import type { Pod } from '@podpath/cluster';
import type { IpFamily } from '@podpath/net';
import { workloadDispatchChains } from '../chains/dispatch-chains.ts';
import { type EndpointTier, workloadChains } from '../chains/endpoint-chains.ts';
import {
  groupPolicies,
  hasOwnChain,
  type PolicyGroup,
  policyGroupChain,
} from '../chains/policy-groups.ts';
import type { PolicyDirection } from '../names/chain-names.ts';
import { hostVethName } from '../names/workload-names.ts';
import { namespaceProfile, serviceAccountProfile } from '../policies/profiles.ts';
import { scanRule } from '../policies/scan-rules.ts';
import type { FelixChain } from '../rendering/felix-rule.ts';
import { policyChain, profileChain } from '../rendering/policy-chains.ts';
import type { RenderConfig } from '../rendering/render-config.ts';
import type { ActivePolicies, ActivePolicy } from './active-policies.ts';
import { ASSUMED_SERVICE_ACCOUNT, profilesOf } from './endpoint-labels.ts';

const DIRECTIONS = ['ingress', 'egress'] as const;

/** A node's chains for its own pods: dispatch, endpoints, and the policies and profiles that apply to them. */
export const nodeChains = (
  pods: readonly Pod[],
  policies: ActivePolicies,
  family: IpFamily,
  config: RenderConfig,
): readonly FelixChain[] => {
  const chains = new Map<string, FelixChain>();
  const add = (...more: readonly FelixChain[]) => {
    for (const chain of more) chains.set(chain.name, chain);
  };
  add(...workloadDispatchChains(pods.map(interfaceOf), config));
  for (const pod of pods) {
    const tiers = tiersOf(policies.of(pod));
    const profiles = profilesOf(pod.namespace);
    add(
      ...workloadChains(
        { interfaceName: interfaceOf(pod), adminUp: true, tiers, profiles },
        config,
      ),
    );
    for (const tier of tiers) add(...groupChains(tier, config));
  }
  for (const policy of activePolicies(pods, policies)) {
    for (const direction of DIRECTIONS) {
      const rules = policy[direction].map(({ rule }) => rule);
      add(policyChain(policy.id, direction, rules, family, config));
    }
  }
  for (const namespace of new Set(pods.map((pod) => pod.namespace))) {
    add(...profileChains(namespace, family, config));
  }
  return [...chains.values()];
};

/** Every policy that applies to some pod of the node, once each. */
export const activePolicies = (
  pods: readonly Pod[],
  policies: ActivePolicies,
): readonly ActivePolicy[] => [...new Set(pods.flatMap((pod) => policies.of(pod)))];

const interfaceOf = (pod: Pod): string => hostVethName(pod.namespace, pod.name);

/** Only tiers with a policy that applies are asked; the tier of NetworkPolicies denies at its end. */
const tiersOf = (policies: readonly ActivePolicy[]): readonly EndpointTier[] => {
  const names = [...new Set(policies.map((policy) => policy.tier))];
  return names.map((name) => {
    const groups = (direction: PolicyDirection): readonly PolicyGroup[] =>
      groupPolicies(
        policies.filter((policy) => policy.tier === name && policy.types.includes(direction)),
      );
    return { name, defaultAction: 'deny', ingress: groups('ingress'), egress: groups('egress') };
  });
};

const groupChains = (tier: EndpointTier, { marks }: RenderConfig): readonly FelixChain[] =>
  DIRECTIONS.flatMap((direction) =>
    tier[direction].filter(hasOwnChain).map((group) => policyGroupChain(direction, group, marks)),
  );

/** Labels play no part in a profile's rules. */
const profileChains = (
  namespace: string,
  family: IpFamily,
  config: RenderConfig,
): readonly FelixChain[] =>
  [
    namespaceProfile(namespace, {}),
    serviceAccountProfile(namespace, ASSUMED_SERVICE_ACCOUNT, {}),
  ].flatMap((profile) =>
    DIRECTIONS.map((direction) => {
      const rules = profile[direction].map((rule) => scanRule(rule, '').rule);
      return profileChain(profile.name, direction, rules, family, config);
    }),
  );
