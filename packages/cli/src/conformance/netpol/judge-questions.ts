import type { CaseResult } from '../runner.ts';
import { type Answer, agrees, type Question, questionsOf } from './questions.ts';
import type { Assertions } from './vectors.ts';

/** Something that answers questions about one cluster. */
export interface Subject {
  answer(question: Question): Answer;
  /** Why the question cannot be put to it at all. */
  unsupported?(question: Question): string | undefined;
  /** The known deviation that a wrong answer comes from, if it does. */
  deviation?(question: Question, got: Answer): string | undefined;
}

/** What is asserted of a cluster, and a subject made for it. */
export interface Moment {
  /** Put before each question where a case has several moments; empty for the first. */
  readonly name: string;
  readonly assertions: Assertions;
  readonly subject: Subject;
}

const LONGEST_LIST = 5;

/**
 * Puts every question of a case. One case is one result: it passes when every question was put and answered
 * rightly; a wrong answer that nothing excuses fails it.
 */
export const judgeQuestions = (id: string, moments: Iterable<Moment>): CaseResult => {
  const excuses: string[] = [];
  const wrong: { readonly expected: string; readonly got: string }[] = [];
  for (const { name, assertions, subject } of moments) {
    for (const question of questionsOf(assertions)) {
      const unsupported = subject.unsupported?.(question);
      if (unsupported !== undefined) {
        excuses.push(unsupported);
        continue;
      }
      const got = subject.answer(question);
      if (agrees(question.expected, got)) continue;
      const deviation = subject.deviation?.(question, got);
      if (deviation === undefined) {
        wrong.push({ expected: `${name}${question.text}: ${question.expected}`, got });
      } else {
        excuses.push(deviation);
      }
    }
  }
  if (wrong.length > 0) return failure(id, wrong);
  const [excuse] = excuses;
  return excuse === undefined
    ? { id, outcome: 'passed' }
    : { id, outcome: 'not-supported', reason: excuse };
};

const failure = (
  id: string,
  wrong: readonly { readonly expected: string; readonly got: string }[],
): CaseResult => {
  const shown = wrong.slice(0, LONGEST_LIST);
  const more = wrong.length - shown.length;
  return {
    id,
    outcome: 'failed',
    expected: `${shown.map(({ expected }) => expected).join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
    got: shown.map(({ got }) => got).join(', '),
  };
};
