import type { Cluster, SourceLocation, WorkloadRef } from '@podpath/cluster';
import { getOrAdd } from '../get-or-add.ts';
import { hostsOf } from '../hosts.ts';
import type { PolicyModel, Rule, Stage, Tier } from '../model.ts';
import { createSelection, type Selection, type Subject } from '../selection.ts';
import { thingOfPod } from '../things.ts';
import { translatePolicies } from '../translate-policies.ts';
import type { Direction, PolicyRef, RuleRef } from '../verdict.ts';
import type { Target } from './target.ts';

/** Which policies say something about somebody, in the order in which they are asked. Plain data. */
export interface PoliciesOf {
  readonly subject: PolicySubject;
  readonly ingress: readonly AskedTier[];
  readonly egress: readonly AskedTier[];
}

export type PolicySubject =
  | {
      readonly kind: 'pods';
      readonly namespace: string;
      readonly owner: WorkloadRef;
      /** Those of the target that have these policies. */
      readonly pods: readonly string[];
    }
  /** A node without a host endpoint has no policies. */
  | {
      readonly kind: 'node';
      readonly node: string;
      readonly hostEndpoint?: string;
      readonly source?: SourceLocation;
    }
  | { readonly kind: 'outside' };

export interface AskedTier {
  readonly tier: string;
  readonly stage: Stage;
  /** What happens when none of its rules decides. */
  readonly unmatched: Tier['unmatched'];
  readonly policies: readonly {
    readonly policy: PolicyRef;
    readonly rules: readonly { readonly action: Rule['action']; readonly rule: RuleRef }[];
  }[];
}

/** An answer for each part of the target that has policies of its own. */
export const policiesOf = (
  cluster: Cluster,
  target: Target,
  model: PolicyModel = translatePolicies(cluster),
): readonly PoliciesOf[] => {
  const selection = createSelection(model);
  switch (target.kind) {
    case 'pods': {
      const answers = new Map<
        string,
        PoliciesOf & { readonly subject: { readonly pods: string[] } }
      >();
      for (const pod of target.pods) {
        const subject = { key: pod, thing: thingOfPod(cluster, pod) };
        const asked = askedOf(selection, subject, ['endpoint']);
        const { namespace, owner } = pod;
        getOrAdd(answers, JSON.stringify(asked), () => ({
          subject: { kind: 'pods' as const, namespace, owner: { ...owner }, pods: [] },
          ...asked,
        })).subject.pods.push(pod.name);
      }
      return [...answers.values()];
    }
    case 'node': {
      const host = hostsOf(cluster).get(target.node);
      const subject = { kind: 'node', node: target.node } as const;
      if (host === undefined) return [{ subject, ingress: [], egress: [] }];
      const { endpoint, thing } = host;
      const { name: hostEndpoint, source } = endpoint;
      return [
        {
          subject: { ...subject, hostEndpoint, ...(source === undefined ? {} : { source }) },
          ...askedOf(selection, { key: endpoint, thing }, STAGES),
        },
      ];
    }
    case 'outside':
      return [{ subject: { kind: 'outside' }, ingress: [], egress: [] }];
  }
};

const STAGES: readonly Stage[] = ['untracked', 'pre-dnat', 'endpoint', 'forward'];

const askedOf = (
  selection: Selection,
  subject: Subject,
  stages: readonly Stage[],
): Pick<PoliciesOf, Direction> => {
  const tiers = (direction: Direction): readonly AskedTier[] =>
    stages.flatMap((stage) =>
      selection.of(subject, direction, stage).map(({ tier, policies }) => ({
        tier: tier.name,
        stage,
        unmatched: tier.unmatched,
        policies: policies.map(({ ref, rules }) => ({
          policy: ref,
          rules: rules.map(({ action, ref: rule }) => ({ action, rule })),
        })),
      })),
    );
  return { ingress: tiers('ingress'), egress: tiers('egress') };
};
