import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEvaluator } from '../evaluator.ts';
import * as small from '../test-arbitraries.ts';
import { testCluster } from '../test-cluster.ts';
import { compilePolicies } from './compile.ts';
import { expectEqualVerdicts } from './test-answers.ts';
import { flow, sweep } from './test-flows.ts';
import { model } from './test-models.ts';
import { cluster, KNOWLEDGE } from './test-worlds.ts';

const flows = fc.array(flow, { minLength: 20, maxLength: 20 });

describe('compiled policies answer as the reference evaluator does', { timeout: 60_000 }, () => {
  it.each([
    ['pods, nodes, sets and what is outside', false],
    ['host endpoints too', true],
  ])('%s', (_what, hosts) => {
    let allowed = 0;
    let denied = 0;
    fc.assert(
      fc.property(cluster(hosts), model, flows, sweep, (world, rules, asked, swept) => {
        const reference = createEvaluator(world, rules, KNOWLEDGE);
        const compiled = compilePolicies(world, rules, KNOWLEDGE);
        const counts = expectEqualVerdicts(compiled, reference, [...asked, ...swept]);
        allowed += counts.allowed;
        denied += counts.denied;
      }),
      { numRuns: 150 },
    );
    // Or else nothing was tried.
    expect(Math.min(allowed, denied)).toBeGreaterThan(150);
  });

  it('NetworkPolicies as they are read', () => {
    fc.assert(
      fc.property(small.policies, fc.array(small.flow, { maxLength: 20 }), (policies, asked) => {
        const { namespaces, pods } = small;
        const world = testCluster({ namespaces, pods, policies });
        const reference = createEvaluator(world);
        const compiled = compilePolicies(world);
        for (const each of asked) {
          expect(compiled.verdict(each)).toBe(reference.verdict(each).allowed);
        }
      }),
      { numRuns: 200 },
    );
  });
});
