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
import { profilesOf, serviceAccountOf } from './endpoint-labels.ts';

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
    const tiers = tiersOf(policies, pod);
    const profiles = profilesOf(pod);
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
  const byProfiles = new Map(pods.map((pod) => [profilesOf(pod).join(), pod]));
  for (const pod of byProfiles.values()) add(...profileChains(pod, family, config));
  return [...chains.values()];
};

/** Every policy that applies to some pod of the node, once each. */
export const activePolicies = (
  pods: readonly Pod[],
  policies: ActivePolicies,
): readonly ActivePolicy[] => [...new Set(pods.flatMap((pod) => policies.of(pod)))];

const interfaceOf = (pod: Pod): string => hostVethName(pod.namespace, pod.name);

/** Only tiers with a policy that applies are asked. */
const tiersOf = (policies: ActivePolicies, pod: Pod): readonly EndpointTier[] => {
  const byTier = Map.groupBy(policies.of(pod), ({ tier }) => tier);
  return policies.tiers.flatMap(({ name, defaultAction }) => {
    const own = byTier.get(name);
    if (own === undefined) return [];
    const groups = (direction: PolicyDirection): readonly PolicyGroup[] =>
      groupPolicies(own.filter(({ types }) => types.includes(direction)));
    return [{ name, defaultAction, ingress: groups('ingress'), egress: groups('egress') }];
  });
};

const groupChains = (tier: EndpointTier, { marks }: RenderConfig): readonly FelixChain[] =>
  DIRECTIONS.flatMap((direction) =>
    tier[direction].filter(hasOwnChain).map((group) => policyGroupChain(direction, group, marks)),
  );

/** Labels play no part in a profile's rules. */
const profileChains = (pod: Pod, family: IpFamily, config: RenderConfig): readonly FelixChain[] =>
  [
    namespaceProfile(pod.namespace, {}),
    serviceAccountProfile(pod.namespace, serviceAccountOf(pod), {}),
  ].flatMap((profile) =>
    DIRECTIONS.map((direction) => {
      const rules = profile[direction].map((rule) => scanRule(rule, '').rule);
      return profileChain(profile.name, direction, rules, family, config);
    }),
  );
