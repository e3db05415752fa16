import type { Cluster } from '@podpath/cluster';
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
  subjectFor: (cluster: Cluster) => Subject,
): CaseResult => {
  const { id } = vector;
  const reason = missingKinds(vector);
  return reason === undefined
    ? judgeQuestions(id, momentsOf(worlds, vector, subjectFor))
    : { id, outcome: 'not-supported', reason };
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

/** Names the policy kinds of the case that podpath does not read. */
const missingKinds = ({ policies, steps }: ConnectivityCase): string | undefined => {
  const later = steps.flatMap(({ actions }) =>
    actions.flatMap((action) => ('policy' in action ? [action.policy] : [])),
  );
  const kinds = new Set([...policies, ...later].map(({ kind }) => kind));
  kinds.delete('NetworkPolicy');
  return kinds.size === 0 ? undefined : `needs ${[...kinds].toSorted().join(' and ')}`;
};
