import {
  type Cluster,
  nearMatches,
  type Pod,
  type SourceLocation,
  type WorkloadRef,
} from '@podpath/cluster';
import { nameOf } from '../explanation.ts';
import { getOrAdd } from '../get-or-add.ts';
import { holds, valuesNeeded } from '../label-expression.ts';
import type { Policy, PolicyModel, Stage } from '../model.ts';
import { isFinished } from '../parties.ts';
import { NAMESPACE } from '../scoped-labels.ts';
import { thingOfHostEndpoint, thingOfPod } from '../things.ts';
import { translatePolicies } from '../translate-policies.ts';
import type { Direction, PolicyRef } from '../verdict.ts';
import { QuestionError } from './question-error.ts';

/** Whom a policy is about. Plain data. */
export interface PodsOf {
  readonly policy: PolicyRef;
  readonly tier: string;
  readonly directions: readonly Direction[];
  readonly stages: readonly Stage[];
  /** By workload, sorted by namespace, name and kind. */
  readonly workloads: readonly {
    readonly namespace: string;
    readonly owner: WorkloadRef;
    readonly pods: readonly string[];
    /** How many pods of the pod network the workload has. */
    readonly workloadSize: number;
  }[];
  readonly hostEndpoints: readonly {
    readonly name: string;
    readonly node: string;
    readonly source?: SourceLocation;
  }[];
}

/**
 * The pods and host endpoints that a policy selects. It is named by `NAMESPACE/NAME` or `NAME`, with `KIND/` before it where
 * several have the name. Throws `QuestionError` when there is none or more than one.
 */
export const podsOfPolicy = (
  cluster: Cluster,
  name: string,
  model: PolicyModel = translatePolicies(cluster),
): PodsOf => {
  const { tier, policy } = policyNamed(name, model);
  const { ref, subject, stages = ['endpoint'] } = policy;
  const forPods = stages.includes('endpoint');
  return {
    policy: ref,
    tier,
    directions: (['ingress', 'egress'] as const).filter((each) => policy[each] !== undefined),
    stages,
    workloads: forPods ? workloadsSelected(cluster, policy) : [],
    hostEndpoints: cluster.calico.hostEndpoints.flatMap((endpoint) => {
      if (!holds(subject, thingOfHostEndpoint(cluster, endpoint).label)) return [];
      const { name: hostEndpoint, node, source } = endpoint;
      return [{ name: hostEndpoint, node, ...(source === undefined ? {} : { source }) }];
    }),
  };
};

const workloadsSelected = (cluster: Cluster, policy: Policy): PodsOf['workloads'] => {
  const workloads = new Map<string, { first: Pod; pods: string[]; workloadSize: number }>();
  const namespaces = valuesNeeded(policy.subject, NAMESPACE);
  for (const pod of cluster.pods.values()) {
    if (namespaces?.includes(pod.namespace) === false) continue;
    if (pod.hostNetwork || isFinished(pod)) continue;
    const key = [pod.namespace, pod.owner.name, pod.owner.kind].join('\0');
    const found = getOrAdd(workloads, key, () => ({ first: pod, pods: [], workloadSize: 0 }));
    found.workloadSize += 1;
    if (holds(policy.subject, thingOfPod(cluster, pod).label)) found.pods.push(pod.name);
  }
  return [...workloads]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, { first, pods, workloadSize }]) =>
      pods.length === 0
        ? []
        : [{ namespace: first.namespace, owner: { ...first.owner }, pods, workloadSize }],
    );
};

const policyNamed = (
  text: string,
  { tiers }: PolicyModel,
): { readonly tier: string; readonly policy: Policy } => {
  const all = tiers.flatMap(({ name, policies }) =>
    policies.map((policy) => ({ tier: name, policy })),
  );
  const asked = text.trim().toLowerCase();
  const found = all.filter(({ policy: { ref } }) => namesOf(ref).includes(asked));
  const [only, ...others] = found;
  if (only !== undefined && others.length === 0) return only;
  if (only === undefined) {
    const slash = text.lastIndexOf('/');
    const near = nearMatches(
      {
        namespace: slash < 0 ? undefined : text.slice(0, slash),
        name: text.slice(slash + 1),
      },
      all.map(({ policy: { ref } }) => ({ namespace: ref.namespace, name: ref.name })),
      ({ namespace, name }) => (namespace === undefined ? name : `${namespace}/${name}`),
    );
    const hint = near.length === 0 ? FORMS : `did you mean ${near.join(' or ')}?`;
    throw new QuestionError('unknown-policy', `'${text}': there is no such policy; ${hint}`);
  }
  const candidates = found.map(({ policy: { ref } }) => namesOf(ref)[0]);
  throw new QuestionError(
    'ambiguous-policy',
    `'${text}' are ${found.map(({ policy: { ref } }) => nameOf(ref)).join(' and ')}; ` +
      `expected one of ${candidates.join(', ')}`,
  );
};

const FORMS = 'expected NAMESPACE/NAME, NAME, or either with KIND/ before it';

/** How a policy may be called, the most exact first; Calico's kinds by `calico.KIND` where Kubernetes has the same. */
const namesOf = ({ kind, apiGroup, namespace, name }: PolicyRef): readonly string[] => {
  const path = namespace === undefined ? name : `${namespace}/${name}`;
  const kinds = apiGroup === undefined ? [kind] : [`calico.${kind}`, kind];
  return [...kinds.map((each) => `${each}/${path}`), path, name].map((each) => each.toLowerCase());
};
