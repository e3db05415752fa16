import { describe, expect, it } from 'vitest';
import { conformanceCases } from './conformance.ts';
import { routed } from './test-plugin.ts';

describe('the conformance suite, on a plugin that only routes', () => {
  for (const each of conformanceCases(routed, [
    { ability: 'policy', reason: 'the test plugin enforces no policy' },
  ])) {
    it.skipIf(each.skip !== undefined)(
      `${each.ability}: ${each.name}${each.skip === undefined ? '' : ` (skipped: ${each.skip})`}`,
      () => each.run(),
    );
  }
});

describe('the conformance suite itself', () => {
  it('does not let a plugin skip connectivity', () => {
    expect(() => conformanceCases(routed, [{ ability: 'connectivity', reason: 'x' }])).toThrow(
      /cannot be skipped/,
    );
  });

  it('fails a plugin that lets through what a policy closes', () => {
    const failures = conformanceCases(routed).filter((each) => {
      try {
        each.run();
        return false;
      } catch {
        return true;
      }
    });
    expect(failures.length).toBeGreaterThan(0);
    expect(new Set(failures.map((each) => each.ability))).toEqual(new Set(['policy']));
  });
});
