import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseFlows } from './choose-flows.ts';
import type { LabFlow } from './lab-flow.ts';

const flow = (kind: LabFlow['kind'], port: number): LabFlow => ({
  kind,
  flow: {
    from: { kind: 'node', name: 'a' },
    to: { kind: 'node', name: 'b' },
    protocol: 'TCP',
    port,
  },
});
const many = Array.from({ length: 500 }, (_, port) => flow('pod to pod', port));
const rare = flow('outside to node port', 1);

describe('a choice of flows', () => {
  it('is all of them when they are few', () => {
    const few = [rare, ...many.slice(0, 3)];
    expect(new Set(chooseFlows(few, 9, 1))).toEqual(new Set(few));
  });

  it('has the rare kinds among few', () => {
    for (const seed of [1, 2, 3])
      expect(chooseFlows([...many, rare], 500, seed).slice(0, 2)).toContain(rare);
  });

  it('follows the seed', () => {
    expect(chooseFlows(many, 10, 7)).toEqual(chooseFlows(many, 10, 7));
    expect(chooseFlows(many, 10, 7)).not.toEqual(chooseFlows(many, 10, 8));
  });

  it('is of the size asked for, without repetition', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 600 }), fc.nat(), (count, seed) => {
        const all = [...many, rare];
        const chosen = chooseFlows(all, count, seed);
        expect(chosen).toHaveLength(Math.min(count, all.length));
        expect(new Set(chosen).size).toBe(chosen.length);
        expect(chosen.every((each) => all.includes(each))).toBe(true);
      }),
      { numRuns: 20 },
    );
  });
});
