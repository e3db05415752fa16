import type { Cluster } from '@podpath/cluster';
import { createEvaluator, type Knowledge, translatePolicies } from '@podpath/policy';
import type { Subject } from './judge-questions.ts';
import { answerOf } from './questions.ts';

/** Answers by the plain evaluator. */
export const reference = (cluster: Cluster, knowledge: Knowledge = {}): Subject => {
  const evaluator = createEvaluator(cluster, translatePolicies(cluster), knowledge);
  return { answer: ({ flow }) => answerOf(evaluator.verdict(flow)) };
};
