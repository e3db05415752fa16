import type { Cluster } from '@podpath/cluster';
import type { NetworkPlugin } from '@podpath/cni';
import type { Knowledge } from '@podpath/policy';
import { checkEach } from '../check.ts';
import { judgeCase } from '../netpol/judge-case.ts';
import type { Subject } from '../netpol/judge-questions.ts';
import { reference } from '../netpol/reference.ts';
import { connectivityVectors } from '../netpol/vectors.ts';
import { walker } from '../netpol/walker.ts';
import { readVectors } from '../read-vectors.ts';
import type { Runner } from '../runner.ts';

const createRunner = (
  subject: string,
  subjectFor: (cluster: Cluster, knowledge: Knowledge) => Subject,
): Runner => ({
  subject,
  accepts: (name) => /^netpol\/(?!validation\.json$)/.test(name),
  *run(set) {
    const { worlds, cases } = readVectors(set, connectivityVectors);
    yield* checkEach(cases, (vector) => judgeCase(worlds, vector, subjectFor));
  },
});

/** The policy truth tables, by the plain evaluator. */
export const netpolRunner = createRunner('reference evaluator', reference);

/**
 * The policy truth tables once more, by packets: each case's cluster is installed under the plugin, and each
 * asserted connection is sent through what the plugin programs.
 */
export const netpolWalkRunner = (plugin: NetworkPlugin): Runner =>
  createRunner(`walk ${plugin.name}`, (cluster) => walker(plugin, cluster));
