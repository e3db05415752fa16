import { isDeepStrictEqual } from 'node:util';
import type { CaseResult } from './runner.ts';

/**
 * Runs one case and compares what it gives with what the vector says, by structure. An error that the
 * case throws is what it gave: a wrong answer, not the end of the run.
 */
export const check = (id: string, expected: unknown, run: () => unknown): CaseResult => {
  let got: unknown;
  try {
    got = run();
  } catch (error) {
    return { id, outcome: 'failed', expected: show(expected), got: `threw ${String(error)}` };
  }
  return isDeepStrictEqual(got, expected)
    ? { id, outcome: 'passed' }
    : { id, outcome: 'failed', expected: show(expected), got: show(got) };
};

/** A result for each of the cases, in order; what a case throws becomes its failure. */
export function* checkEach<Case extends { readonly id: string }>(
  cases: readonly Case[],
  run: (one: Case) => CaseResult,
): Generator<CaseResult> {
  for (const one of cases) {
    try {
      yield run(one);
    } catch (error) {
      yield { id: one.id, outcome: 'failed', expected: 'an answer', got: `threw ${String(error)}` };
    }
  }
}

const show = (value: unknown): string =>
  typeof value === 'string'
    ? value
    : (JSON.stringify(value, (_key, inner: unknown) =>
        typeof inner === 'bigint' ? `${inner}n` : inner,
      ) ?? String(value));
