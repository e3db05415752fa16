import { join } from 'node:path';
import { type Cluster, podsOf } from '@podpath/cluster';
import { createEvaluator, type PolicyEnd } from '@podpath/policy';
import { loadManifests } from '../load-manifests.ts';
import { judgeQuestions } from '../netpol/judge-questions.ts';
import { answerOf } from '../netpol/questions.ts';
import { realVectors } from '../netpol/vectors.ts';
import { readJson } from '../read-vectors.ts';
import type { Runner } from '../runner.ts';

/** Real manifests, all the way from the files to the verdicts. */
export const realRunner: Runner = {
  subject: 'reference evaluator',
  accepts: (name) => name.startsWith('real/'),
  async *run(set) {
    const vectors = readJson(set, join(set.path, 'expected.json'), realVectors);
    const cases = 'cases' in vectors ? vectors.cases : [{ ...vectors, id: set.name }];
    const cluster = await loadManifests(set);
    const evaluator = createEvaluator(cluster);
    const subject = {
      answer: ({ flow }: { readonly flow: Parameters<typeof evaluator.verdict>[0] }) => {
        const from = podOfWorkload(cluster, flow.from);
        const to = podOfWorkload(cluster, flow.to);
        return answerOf(evaluator.verdict({ ...flow, from, to }));
      },
    };
    for (const { id, ...assertions } of cases) {
      yield judgeQuestions(id, [{ name: '', assertions, subject }]);
    }
  },
};

/** The tables call a workload's pod `<workload>-0`, a loaded one has the name that a cluster would give it. */
const podOfWorkload = (cluster: Cluster, end: PolicyEnd): PolicyEnd => {
  if (end.kind !== 'pod' || cluster.pods.has(`${end.namespace}/${end.name}`)) return end;
  const workload = end.name.replace(/-0$/, '');
  const pod = podsOf(cluster, end.namespace).find(({ owner }) => owner.name === workload);
  return pod === undefined ? end : { ...end, name: pod.name };
};
