import { validateNetworkPolicy, validateObject } from '@podpath/cluster';
import { z } from 'zod';
import { checkEach } from '../check.ts';
import { readVectors } from '../read-vectors.ts';
import type { CaseResult, Runner } from '../runner.ts';

const validationCase = z.object({
  id: z.string(),
  tags: z.array(z.string()).default([]),
  object: z.looseObject({ kind: z.string() }),
  oldObject: z.looseObject({}).optional(),
  errors: z.array(
    z.object({ field: z.string(), type: z.string(), contains: z.string().optional() }),
  ),
});

const vectors = z.object({ kind: z.literal('validation'), cases: z.array(validationCase) });

/** What the API server accepts, and which fields it complains about. */
export const netpolValidationRunner: Runner = {
  subject: 'validation',
  accepts: (name) => name === 'netpol/validation.json',
  *run(set) {
    yield* checkEach(readVectors(set, vectors).cases, judge);
  },
};

const judge = ({
  id,
  tags,
  object,
  oldObject,
  errors,
}: z.output<typeof validationCase>): CaseResult => {
  const strictCidrs = tags.includes('strict-cidr');
  const found =
    object.kind === 'NetworkPolicy'
      ? validateNetworkPolicy(object, oldObject, { strictCidrs })
      : validateObject(object, { strictCidrs });
  // More about a field that is complained about is fine, a complaint about another field is not.
  const missing = errors.filter(
    ({ field, type, contains = '' }) =>
      !found.some(
        (problem) =>
          problem.field === field &&
          problem.type === type &&
          `${problem.reason}; expected ${problem.expected}`.includes(contains),
      ),
  );
  const extra = found.filter(({ field }) => !errors.some((error) => error.field === field));
  if (missing.length === 0 && extra.length === 0) return { id, outcome: 'passed' };
  return {
    id,
    outcome: 'failed',
    expected: errors
      .map(({ field, type, contains }) => `${type} at ${field}${contains ? ` "${contains}"` : ''}`)
      .join(', '),
    got: found
      .map(
        ({ field, type, reason, expected }) =>
          `${type} at ${field} "${reason}; expected ${expected}"`,
      )
      .join(', '),
  };
};
