import type { HostEndpoint, Pod } from '@podpath/cluster';
import { holds, valuesNeeded } from './label-expression.ts';
import type { Policy, PolicyModel, Rule, Stage, Tier } from './model.ts';
import { NAMESPACE } from './scoped-labels.ts';
import type { Thing } from './things.ts';
import type { Direction, PolicyRef } from './verdict.ts';

/** What policies can be about, as selectors see it. */
export interface Subject {
  readonly key: Pod | HostEndpoint;
  readonly thing: Thing;
}

/** A policy that selects a subject, with its rules of one direction. */
interface SelectingPolicy {
  readonly ref: PolicyRef;
  readonly rules: readonly Rule[];
}

export interface SelectingTier {
  readonly tier: Tier;
  /** Never empty. */
  readonly policies: readonly SelectingPolicy[];
}

/** Which policies police a pod or host endpoint. Found when one is first asked about, and kept. */
export interface Selection {
  /** Tiers that select the subject in this direction, in order. */
  of(subject: Subject, direction: Direction, stage?: Stage): readonly SelectingTier[];
}

const ENDPOINT: readonly Stage[] = ['endpoint'];

export const createSelection = (model: PolicyModel): Selection => {
  const tiers = model.tiers.map((tier) => ({ tier, candidates: indexByNamespace(tier.policies) }));
  const found = new Map<Subject['key'], Map<string, readonly SelectingTier[]>>();

  const select = ({ thing }: Subject, direction: Direction, stage: Stage) =>
    tiers.flatMap(({ tier, candidates }) => {
      const policies = candidates(thing.label(NAMESPACE)).flatMap((policy) => {
        const { ref, subject, stages = ENDPOINT, [direction]: rules } = policy;
        return rules !== undefined && stages.includes(stage) && holds(subject, thing.label)
          ? [{ ref, rules }]
          : [];
      });
      return policies.length === 0 ? [] : [{ tier, policies }];
    });

  return {
    of: (subject, direction, stage = 'endpoint') => {
      let known = found.get(subject.key);
      if (known === undefined) {
        known = new Map();
        found.set(subject.key, known);
      }
      const key = `${direction} ${stage}`;
      let selected = known.get(key);
      if (selected === undefined) {
        selected = select(subject, direction, stage);
        known.set(key, selected);
      }
      return selected;
    },
  };
};

/** The policies whose subject can be in a namespace, in order, without going through all of them. */
const indexByNamespace = (
  policies: readonly Policy[],
): ((name: string | undefined) => readonly Policy[]) => {
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
    [...(name === undefined ? [] : (named.get(name) ?? [])), ...anywhere]
      .toSorted(([a], [b]) => a - b)
      .map(([, policy]) => policy);
};
