import type { Cluster } from '@podpath/cluster';
import { parseIp } from '@podpath/net';
import type { Knowledge } from '@podpath/policy';
import type { CaseResult } from '../runner.ts';
import { judgeQuestions, type Moment, type Subject } from './judge-questions.ts';
import { loadState } from './load-state.ts';
import { applyAction, initialState } from './state.ts';
import type { ConnectivityCase, ConnectivityVectors } from './vectors.ts';

/**
 * Judges a case at its start and after each of its steps, by a subject made for the cluster as it is then.
 */
export const judgeCase = (
  worlds: ConnectivityVectors['worlds'],
  vector: ConnectivityCase,
  subjectFor: (cluster: Cluster, knowledge: Knowledge) => Subject,
): CaseResult => {
  const dns = new Map(
    Object.entries(vector.dns).map(([name, addresses]) => [name, addresses.map(parseIp)]),
  );
  const subjectWith = (cluster: Cluster) => subjectFor(cluster, { dns });
  return judgeQuestions(vector.id, momentsOf(worlds, vector, subjectWith));
};

/** The initial state and the one after each step. */
function* momentsOf(
  worlds: ConnectivityVectors['worlds'],
  vector: ConnectivityCase,
  subjectFor: (cluster: Cluster) => Subject,
): Generator<Moment> {
  let state = initialState(worlds, vector);
  yield { name: '', assertions: vector, subject: subjectFor(loadState(state)) };
  for (const step of vector.steps) {
    state = step.actions.reduce(applyAction, state);
    const subject = subjectFor(loadState(state));
    yield { name: `after "${step.name}": `, assertions: step, subject };
  }
}
