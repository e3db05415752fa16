import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createEvaluator } from '../evaluator.ts';
import { PolicyChangeError } from './changes.ts';
import { compilePolicies } from './compile.ts';
import { expectEqualVerdicts } from './test-answers.ts';
import { change, changed, type Situation } from './test-changes.ts';
import { flow, sweep } from './test-flows.ts';
import { model } from './test-models.ts';
import { cluster, KNOWLEDGE } from './test-worlds.ts';

/** `npm test` tries a bounded number of sequences; `pnpm policy:updates` sets another. */
const SEQUENCES = Number(process.env.PODPATH_POLICY_SEQUENCES ?? 60);
const SEED = process.env.PODPATH_POLICY_SEED;

const flows = fc.array(flow, { minLength: 6, maxLength: 6 });
const steps = fc.array(fc.tuple(change, flows, sweep), { minLength: 1, maxLength: 10 });

it(`after ${SEQUENCES} sequences of changes, tables answer as the reference evaluator does`, {
  timeout: 60_000 + 1_000 * SEQUENCES,
}, () => {
  fc.assert(
    fc.property(fc.boolean().chain(cluster), model, steps, (world, rules, sequence) => {
      const compiled = compilePolicies(world, rules, KNOWLEDGE);
      let now: Situation = { cluster: world, model: rules };
      for (const [given, asked, swept] of sequence) {
        const next = changed(now, given);
        if (next === undefined) {
          expect(() => compiled.update(given)).toThrow(PolicyChangeError);
        } else {
          compiled.update(given);
          now = next;
        }
        const reference = createEvaluator(now.cluster, now.model, KNOWLEDGE);
        expectEqualVerdicts(compiled, reference, [...asked, ...swept]);
      }
    }),
    { numRuns: SEQUENCES, ...(SEED === undefined ? {} : { seed: Number(SEED) }) },
  );
});
