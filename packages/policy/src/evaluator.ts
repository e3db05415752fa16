import type { Cluster } from '@podpath/cluster';
import type { Knowledge } from './address-knowledge.ts';
import type { ConnectionSet } from './connection-set.ts';
import { connectionsBetween } from './connections-between.ts';
import type { PolicyFlow } from './flow.ts';
import { createJudge } from './judge.ts';
import type { PolicyModel } from './model.ts';
import { createParties } from './parties.ts';
import { translatePolicies } from './translate-policies.ts';
import type { Verdict } from './verdict.ts';

/**
 * Judges flows of one cluster, as it was when the evaluator was made.
 * Both methods throw `PolicyFlowError` when an end does not exist or the ends have no address family in common.
 */
export interface PolicyEvaluator {
  verdict(flow: PolicyFlow): Verdict;
  /** Everything that the first end may open to the second. Exact: the ports are found, not sampled. */
  connections(ends: Pick<PolicyFlow, 'from' | 'to' | 'family'>): ConnectionSet;
}

/**
 * The plain evaluator that every other way to a verdict is held to. It follows the API text step by step
 * and is clever only where whole-cluster questions would otherwise be out of reach: the policies that select
 * a pod are found once per pod.
 *
 * Where the API leaves room: a host-network pod counts as its node, traffic between a pod and the node it
 * runs on is exempt, and address ranges match pods by their addresses.
 * Source: Kubernetes API reference, NetworkPolicy networking.k8s.io/v1.
 */
export const createEvaluator = (
  cluster: Cluster,
  model: PolicyModel = translatePolicies(cluster),
  knowledge: Knowledge = {},
): PolicyEvaluator => {
  const parties = createParties(cluster, knowledge);
  const judge = createJudge(model);
  return {
    verdict: (flow) => {
      const { from, to } = parties.resolve(flow);
      return judge.verdict(from, to, flow);
    },
    connections: (ends) => {
      const { from, to } = parties.resolve(ends);
      return connectionsBetween(judge, from, to);
    },
  };
};
