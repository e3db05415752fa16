import { ClusterLoadError, type Problem } from '../problem.ts';
import type { CalicoInventory } from '../read/inventory.ts';

/** Tiers that Calico makes itself. */
const BUILT_IN: readonly string[] = ['kube-admin', 'default', 'kube-baseline'];

/** A policy in no tier has no place among the others. Throws `ClusterLoadError`. */
export const checkTiers = ({ policies, stagedPolicies, tiers }: CalicoInventory): void => {
  const names = new Set([...BUILT_IN, ...tiers.map(({ name }) => name)]);
  const staged = stagedPolicies.flatMap((each) =>
    each.kind === 'StagedKubernetesNetworkPolicy' ? [] : [{ ...each.policy, kind: each.kind }],
  );
  const problems = [...policies, ...staged].flatMap((policy): readonly Problem[] => {
    const { kind, namespace, name, tier, source } = policy;
    if (names.has(tier)) return [];
    return [
      {
        type: 'FieldValueInvalid',
        field: 'spec.tier',
        kind,
        name: namespace === undefined ? name : `${namespace}/${name}`,
        ...source,
        reason: `there is no tier ${tier}`,
        expected: [...names].join(' or '),
      },
    ];
  });
  if (problems.length > 0) throw new ClusterLoadError(problems);
};

/** What of it is in a namespace. */
export const namespacedIn = ({
  policies,
  stagedPolicies,
  networkSets,
}: CalicoInventory): readonly { readonly namespace: string }[] =>
  [...policies, ...stagedPolicies.map(({ policy }) => policy), ...networkSets].flatMap(
    ({ namespace }) => (namespace === undefined ? [] : [{ namespace }]),
  );
