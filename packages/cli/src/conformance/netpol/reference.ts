import type { Cluster } from '@podpath/cluster';
import { createEvaluator } from '@podpath/policy';
import type { Subject } from './judge-questions.ts';
import { answerOf } from './questions.ts';

/** Answers by the plain evaluator. */
export const reference = (cluster: Cluster): Subject => {
  const evaluator = createEvaluator(cluster);
  return { answer: ({ flow }) => answerOf(evaluator.verdict(flow)) };
};
