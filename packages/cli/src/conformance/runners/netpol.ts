import { createEvaluator } from '@podpath/policy';
import { checkEach } from '../check.ts';
import { judgeCase } from '../netpol/judge-case.ts';
import { answerOf } from '../netpol/questions.ts';
import { connectivityVectors } from '../netpol/vectors.ts';
import { readVectors } from '../read-vectors.ts';
import type { Runner } from '../runner.ts';

/** The policy truth tables, by the plain evaluator. */
export const netpolRunner: Runner = {
  subject: 'reference evaluator',
  accepts: (name) => /^netpol\/(?!validation\.json$)/.test(name),
  *run(set) {
    const { worlds, cases } = readVectors(set, connectivityVectors);
    yield* checkEach(cases, (vector) =>
      judgeCase(worlds, vector, (cluster) => {
        const evaluator = createEvaluator(cluster);
        return { answer: ({ flow }) => answerOf(evaluator.verdict(flow)) };
      }),
    );
  },
};
