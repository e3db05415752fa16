import type { Pod } from '@podpath/cluster';
import { holds, valuesNeeded } from './label-expression.ts';
import type { Policy, PolicyModel, Rule, Tier } from './model.ts';
import type { Party } from './parties.ts';
import { NAMESPACE } from './scoped-labels.ts';
import type { Direction, PolicyRef } from './verdict.ts';

/** A policy that selects a pod, with its rules of one direction. */
interface SelectingPolicy {
  readonly ref: PolicyRef;
  readonly rules: readonly Rule[];
}

export interface SelectingTier {
  readonly tier: Tier;
  /** Never empty. */
  readonly policies: readonly SelectingPolicy[];
}

/** Which policies police a pod. Found when a pod is first asked about, and kept. */
export interface Selection {
  /** Tiers that select the pod of this party in this direction, in order; none for what is no pod. */
  of(party: Party, direction: Direction): readonly SelectingTier[];
}

export const createSelection = (model: PolicyModel): Selection => {
  const tiers = model.tiers.map((tier) => ({ tier, candidates: indexByNamespace(tier.policies) }));
  const found = new Map<Pod, Record<Direction, readonly SelectingTier[]>>();

  const select = ({ things: [self] }: Party, namespace: string) => {
    const selecting = tiers.map(({ tier, candidates }) => ({
      tier,
      policies: candidates(namespace).filter(
        ({ subject }) => self !== undefined && holds(subject, self.label),
      ),
    }));
    return {
      ingress: selecting.flatMap((each) => withRules(each, 'ingress')),
      egress: selecting.flatMap((each) => withRules(each, 'egress')),
    };
  };

  return {
    of: (party, direction) => {
      const { pod } = party;
      if (pod === undefined) return [];
      let selected = found.get(pod);
      if (selected === undefined) {
        selected = select(party, pod.namespace);
        found.set(pod, selected);
      }
      return selected[direction];
    },
  };
};

/** The policies that police the direction, or nothing when there are none. */
const withRules = (
  { tier, policies }: { readonly tier: Tier; readonly policies: readonly Policy[] },
  direction: Direction,
): readonly SelectingTier[] => {
  const policing = policies.flatMap(({ ref, [direction]: rules }) =>
    rules === undefined ? [] : [{ ref, rules }],
  );
  return policing.length === 0 ? [] : [{ tier, policies: policing }];
};

/** The policies whose subject can be in a namespace, in order, without going through all of them. */
const indexByNamespace = (policies: readonly Policy[]): ((name: string) => readonly Policy[]) => {
  const anywhere: [position: number, policy: Policy][] = [];
  const named = new Map<string, [position: number, policy: Policy][]>();
  for (const entry of policies.entries()) {
    const names = valuesNeeded(entry[1].subject, NAMESPACE);
    if (names === undefined) anywhere.push(entry);
    for (const name of new Set(names)) {
      const list = named.get(name);
      if (list === undefined) named.set(name, [entry]);
      else list.push(entry);
    }
  }
  return (name) =>
    [...(named.get(name) ?? []), ...anywhere]
      .toSorted(([a], [b]) => a - b)
      .map(([, policy]) => policy);
};
