import { join } from 'node:path';
import { type Cluster, podsOf } from '@podpath/cluster';
import type { NetworkPlugin } from '@podpath/cni';
import type { PolicyEnd } from '@podpath/policy';
import { checkEach } from '../check.ts';
import { loadManifests } from '../load-manifests.ts';
import { judgeQuestions, type Subject } from '../netpol/judge-questions.ts';
import type { Question } from '../netpol/questions.ts';
import { reference } from '../netpol/reference.ts';
import { realVectors } from '../netpol/vectors.ts';
import { walker } from '../netpol/walker.ts';
import { readJson } from '../read-vectors.ts';
import type { Runner } from '../runner.ts';

const createRunner = (name: string, subjectFor: (cluster: Cluster) => Subject): Runner => ({
  subject: name,
  accepts: (set) => set.startsWith('real/'),
  async *run(set) {
    const vectors = readJson(set, join(set.path, 'expected.json'), realVectors);
    const cases = 'cases' in vectors ? vectors.cases : [{ ...vectors, id: set.name }];
    const cluster = await loadManifests(set);
    const subject = byWorkload(subjectFor(cluster), cluster);
    yield* checkEach(cases, ({ id, ...assertions }) =>
      judgeQuestions(id, [{ name: '', assertions, subject }]),
    );
  },
});

/** Real manifests, all the way from the files to the verdicts. */
export const realRunner = createRunner('reference evaluator', reference);

/** Real manifests, all the way from the files to the packets. */
export const realWalkRunner = (plugin: NetworkPlugin): Runner =>
  createRunner(`walk ${plugin.name}`, (cluster) => walker(plugin, cluster));

/** The tables call a workload's pod `<workload>-0`, a loaded one has the name that a cluster would give it. */
const byWorkload = (subject: Subject, cluster: Cluster): Subject => {
  const named = ({ flow, ...question }: Question): Question => ({
    ...question,
    flow: {
      ...flow,
      from: podOfWorkload(cluster, flow.from),
      to: podOfWorkload(cluster, flow.to),
    },
  });
  return {
    answer: (question) => subject.answer(named(question)),
    unsupported: (question) => subject.unsupported?.(named(question)),
    deviation: (question, got) => subject.deviation?.(named(question), got),
  };
};

const podOfWorkload = (cluster: Cluster, end: PolicyEnd): PolicyEnd => {
  if (end.kind !== 'pod' || cluster.pods.has(`${end.namespace}/${end.name}`)) return end;
  const workload = end.name.replace(/-0$/, '');
  const pod = podsOf(cluster, end.namespace).find(({ owner }) => owner.name === workload);
  return pod === undefined ? end : { ...end, name: pod.name };
};
