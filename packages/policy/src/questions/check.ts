import { type Cluster, type FlowProtocol, type Pod, podKey } from '@podpath/cluster';
import type { IpFamily } from '@podpath/net';
import { createEvaluator } from '../evaluator.ts';
import { type PolicyEnd, PolicyFlowError } from '../flow.ts';
import { createJudge } from '../judge.ts';
import { partsOf } from '../model-parts.ts';
import { createParties } from '../parties.ts';
import { podGroups } from '../pod-groups.ts';
import type { ReachabilityOptions } from '../reachability.ts';
import { translatePolicies } from '../translate-policies.ts';
import type { Verdict } from '../verdict.ts';
import type { Target } from './target.ts';

/** What somebody expects of connections. It holds when it does for every pod of a workload, and over every family that is asked. */
export interface Expectation {
  readonly from: Target;
  readonly to: Target;
  readonly protocol: FlowProtocol;
  /** Of the destination; ignored for ICMP. */
  readonly port: number;
  /** Absent: each that both ends have. */
  readonly family?: IpFamily;
  readonly allowed: boolean;
}

/** What came of an expectation. */
export interface Checked {
  /** How many connections were judged. None: there is nobody to connect to, and the expectation says nothing. */
  readonly judged: number;
  /** The first that is not as expected; absent when all are. */
  readonly against?: {
    readonly from: PolicyEnd;
    readonly to: PolicyEnd;
    readonly family: IpFamily;
    readonly verdict: Verdict;
  };
}

export interface ExpectationChecker {
  check(expectation: Expectation): Checked;
  /** Those of a target who stand for all of it. */
  members(target: Target): readonly PolicyEnd[];
  /** Connections that stand for all between two targets. */
  pairs(from: Target, to: Target): readonly { readonly from: PolicyEnd; readonly to: PolicyEnd }[];
}

/** Checks expectations of what the policies of a cluster say. */
export const createChecker = (
  cluster: Cluster,
  options: Pick<ReachabilityOptions, 'model' | 'knowledge'> = {},
): ExpectationChecker => {
  const { model = translatePolicies(cluster), knowledge = {} } = options;
  const evaluator = createEvaluator(cluster, model, knowledge);
  const parties = createParties(cluster, knowledge);
  const { selection } = createJudge(model);
  const parts = partsOf(model);

  /** Of pods that no policy can tell apart two, and where the other end is a node, one on it and one elsewhere. */
  const membersOf = (target: Target, other?: Target): readonly PolicyEnd[] => {
    switch (target.kind) {
      case 'node':
        return [{ kind: 'node', name: target.node }];
      case 'outside':
        return [{ kind: 'address', address: target.address }];
      case 'pods': {
        const wanted = new Set(target.pods.map(podKey));
        const groups = podGroups(cluster, parties, selection, parts, (pod) =>
          wanted.has(podKey(pod)),
        );
        return groups.flatMap(({ pods }) => {
          const members = pods.flatMap(([party]) => party?.pod ?? []);
          return [...representatives(members, other)].map(({ namespace, name }) => ({
            kind: 'pod' as const,
            namespace,
            name,
          }));
        });
      }
    }
  };

  const pairs: ExpectationChecker['pairs'] = (from, to) => {
    const destinations = membersOf(to, from);
    return membersOf(from, to).flatMap((source) =>
      destinations
        .filter((destination) => !isSame(source, destination))
        .map((destination) => ({ from: source, to: destination })),
    );
  };

  return {
    members: (target) => membersOf(target),
    pairs,
    check: ({ from: source, to: destination, allowed, family: only, ...asked }) => {
      let judged = 0;
      for (const { from, to } of pairs(source, destination)) {
        for (const family of only === undefined ? ([4, 6] as const) : [only]) {
          const verdict = verdictOf(() => evaluator.verdict({ from, to, family, ...asked }));
          if (verdict === undefined) continue;
          judged += 1;
          if (verdict.allowed !== allowed)
            return { judged, against: { from, to, family, verdict } };
        }
      }
      return { judged };
    },
  };
};

const representatives = (pods: readonly Pod[], other: Target | undefined): ReadonlySet<Pod> => {
  const chosen = new Set(pods.slice(0, 2));
  if (other?.kind !== 'node') return chosen;
  for (const isThere of [true, false]) {
    const pod = pods.find(({ node }) => (node === other.node) === isThere);
    if (pod !== undefined) chosen.add(pod);
  }
  return chosen;
};

const isSame = (one: PolicyEnd, other: PolicyEnd): boolean =>
  one.kind === 'pod'
    ? other.kind === 'pod' && one.namespace === other.namespace && one.name === other.name
    : one.kind === 'node' && other.kind === 'node' && one.name === other.name;

/** Nothing where the ends have no addresses of the family. */
const verdictOf = (ask: () => Verdict): Verdict | undefined => {
  try {
    return ask();
  } catch (error) {
    if (error instanceof PolicyFlowError && error.code === 'no-family') return undefined;
    throw error;
  }
};
