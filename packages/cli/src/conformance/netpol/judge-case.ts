import type { Cluster } from '@podpath/cluster';
import type { CaseResult } from '../runner.ts';
import { loadState } from './load-state.ts';
import { type Answer, agrees, type Question, questionsOf } from './questions.ts';
import { applyAction, initialState, type State } from './state.ts';
import type { Assertions, ConnectivityCase, ConnectivityVectors } from './vectors.ts';

/** Something that answers questions about one cluster. */
export interface Subject {
  answer(question: Question): Answer;
  /** Why the question cannot be put to it at all. */
  unsupported?(question: Question): string | undefined;
  /** A known deviation that a wrong answer comes from. */
  deviation?(question: Question): string | undefined;
}

const LONGEST_LIST = 5;

/**
 * Puts every question of a case, after each of its steps, to a subject made for the cluster as it is then.
 * One case is one result. It passes when every question was put and answered rightly; a wrong answer that nothing
 * excuses fails it.
 */
export const judgeCase = (
  worlds: ConnectivityVectors['worlds'],
  vector: ConnectivityCase,
  subjectFor: (cluster: Cluster) => Subject,
): CaseResult => {
  const { id } = vector;
  const reason = missingKinds(vector);
  if (reason !== undefined) return { id, outcome: 'not-supported', reason };

  const excuses: string[] = [];
  const wrong: { readonly expected: string; readonly got: string }[] = [];
  for (const { name, state, assertions } of momentsOf(worlds, vector)) {
    const subject = subjectFor(loadState(state));
    for (const question of questionsOf(assertions)) {
      const unsupported = subject.unsupported?.(question);
      if (unsupported !== undefined) {
        excuses.push(unsupported);
        continue;
      }
      const got = subject.answer(question);
      if (agrees(question.expected, got)) continue;
      const deviation = subject.deviation?.(question);
      if (deviation !== undefined) {
        excuses.push(deviation);
        continue;
      }
      const text = `${name}${question.text}`;
      wrong.push({ expected: `${text}: ${question.expected}`, got });
    }
  }
  if (wrong.length === 0) {
    const [excuse] = excuses;
    return excuse === undefined
      ? { id, outcome: 'passed' }
      : { id, outcome: 'not-supported', reason: excuse };
  }
  const more = wrong.length > LONGEST_LIST ? ` and ${wrong.length - LONGEST_LIST} more` : '';
  const shown = wrong.slice(0, LONGEST_LIST);
  return {
    id,
    outcome: 'failed',
    expected: `${shown.map(({ expected }) => expected).join(', ')}${more}`,
    got: shown.map(({ got }) => got).join(', '),
  };
};

/** The initial state and the one after each step. */
function* momentsOf(
  worlds: ConnectivityVectors['worlds'],
  vector: ConnectivityCase,
): Generator<{ readonly name: string; readonly state: State; readonly assertions: Assertions }> {
  let state = initialState(worlds, vector);
  yield { name: '', state, assertions: vector };
  for (const step of vector.steps) {
    state = step.actions.reduce(applyAction, state);
    yield { name: `after "${step.name}": `, state, assertions: step };
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
