import type { Cluster } from '@podpath/cluster';
import fc from 'fast-check';
import type { PolicyModel, Tier } from '../model.ts';
import type { PolicyChange } from './changes.ts';
import { refKey } from './policies.ts';
import { policy } from './test-models.ts';
import { namespaceLabels, networkSet, podAt } from './test-worlds.ts';

// Random changes, and what they do, told once more in the plainest way.

const pick = <T>(...values: readonly T[]) => fc.constantFrom(...values);
const namespace = pick('a', 'b', 'c');
const index = pick(0, 1, 2, 3);
const tier = pick('first', 'second', 'third');
const set = pick('one', 'two', 'three');

const policyChange: fc.Arbitrary<PolicyChange> = fc
  .tuple(tier, pick(1, 2, 3, 4, 5), fc.option(pick(0, 1), { nil: undefined }))
  .chain(([name, number, at]) =>
    policy(`${name}-${number}`).map((made) => ({
      kind: 'policy' as const,
      tier: name,
      policy: made,
      ...(at === undefined ? {} : { at }),
    })),
  );

/** Some of them remove what is not there. */
export const change: fc.Arbitrary<PolicyChange> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(namespace, index)
      .chain(([space, at]) => podAt(space, at))
      .map((pod): PolicyChange => ({ kind: 'pod', pod })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(namespace, index)
      .map(
        ([space, at]): PolicyChange => ({ kind: 'pod removed', namespace: space, name: `p${at}` }),
      ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(namespace, namespaceLabels).map(
      ([name, labels]): PolicyChange => ({
        kind: 'namespace',
        name,
        labels: { ...labels, 'kubernetes.io/metadata.name': name },
      }),
    ),
  },
  { weight: 4, arbitrary: policyChange },
  {
    weight: 1,
    arbitrary: fc.tuple(tier, pick(1, 2, 3, 4)).map(
      ([name, number]): PolicyChange => ({
        kind: 'policy removed',
        tier: name,
        ref: { kind: 'Policy', name: `${name}-${number}` },
      }),
    ),
  },
  {
    weight: 2,
    arbitrary: set.chain(networkSet).map((made): PolicyChange => ({ kind: 'set', set: made })),
  },
  {
    weight: 1,
    arbitrary: set.map((name): PolicyChange => ({ kind: 'set removed', name })),
  },
);

export interface Situation {
  readonly cluster: Cluster;
  readonly model: PolicyModel;
}

/** The situation after a change; `undefined` when it removes what is not there. */
export const changed = (
  { cluster, model }: Situation,
  given: PolicyChange,
): Situation | undefined => {
  const { pods, namespaces, calico } = cluster;
  switch (given.kind) {
    case 'pod': {
      const { pod } = given;
      const more = new Map(pods).set(`${pod.namespace}/${pod.name}`, pod);
      return { model, cluster: { ...cluster, pods: more } };
    }
    case 'pod removed': {
      const fewer = new Map(pods);
      if (!fewer.delete(`${given.namespace}/${given.name}`)) return undefined;
      return { model, cluster: { ...cluster, pods: fewer } };
    }
    case 'namespace': {
      const { name, labels } = given;
      return {
        model,
        cluster: { ...cluster, namespaces: new Map(namespaces).set(name, { name, labels }) },
      };
    }
    case 'policy': {
      const { policy: made, at } = given;
      return inTier({ cluster, model }, given.tier, (policies) => {
        const known = policies.findIndex(({ ref }) => refKey(ref) === refKey(made.ref));
        if (known >= 0) return policies.with(known, made);
        return policies.toSpliced(at ?? policies.length, 0, made);
      });
    }
    case 'policy removed':
      return inTier({ cluster, model }, given.tier, (policies) => {
        const known = policies.findIndex(({ ref }) => refKey(ref) === refKey(given.ref));
        return known < 0 ? undefined : policies.toSpliced(known, 1);
      });
    default: {
      const named = given.kind === 'set' ? given.set : given;
      const others = calico.networkSets.filter(
        ({ name, namespace: space }) => name !== named.name || space !== named.namespace,
      );
      if (given.kind === 'set removed' && others.length === calico.networkSets.length) {
        return undefined;
      }
      const networkSets = given.kind === 'set' ? [...others, given.set] : others;
      return { model, cluster: { ...cluster, calico: { ...calico, networkSets } } };
    }
  }
};

const inTier = (
  { cluster, model }: Situation,
  name: string,
  change: (policies: Tier['policies']) => Tier['policies'] | undefined,
): Situation | undefined => {
  const at = model.tiers.findIndex((each) => each.name === name);
  const found = model.tiers[at];
  const policies = found === undefined ? undefined : change(found.policies);
  if (found === undefined || policies === undefined) return undefined;
  return { cluster, model: { ...model, tiers: model.tiers.with(at, { ...found, policies }) } };
};
