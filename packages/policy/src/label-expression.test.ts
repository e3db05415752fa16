import { matchesSelector } from '@podpath/cluster';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  all,
  holds,
  type LabelExpression,
  labelIs,
  not,
  ofSelector,
  valuesNeeded,
} from './label-expression.ts';
import { own } from './scoped-labels.ts';
import { selector } from './test-arbitraries.ts';

const labelled = (labels: Record<string, string>) => (label: string) =>
  new Map(Object.entries(labels)).get(label);

const labels = fc.dictionary(
  fc.constantFrom('app', 'tier', 'team'),
  fc.constantFrom('web', 'db', 'back', 'x', ''),
  { noNullPrototype: true },
);

describe('label expressions', () => {
  it('hold where the Kubernetes selector that they come from does', () => {
    fc.assert(
      fc.property(selector, labels, (given, of) => {
        expect(holds(ofSelector(given, own), labelled(of))).toBe(matchesSelector(given, of));
      }),
    );
  });

  it('of nothing hold for everything, alternatives of nothing for nothing', () => {
    expect(holds({ kind: 'and', operands: [] }, labelled({}))).toBe(true);
    expect(holds({ kind: 'or', operands: [] }, labelled({}))).toBe(false);
  });

  it.each([
    [{ kind: 'contains', label: 'a', value: 'bc' } as const, true],
    [{ kind: 'starts with', label: 'a', value: 'ab' } as const, true],
    [{ kind: 'ends with', label: 'a', value: 'ab' } as const, false],
    [{ kind: 'contains', label: 'none', value: '' } as const, false],
    [{ kind: 'has', label: 'empty' } as const, true],
    [not(labelIs('none', 'abcd')), true],
  ])('%j', (expression, expected) => {
    expect(holds(expression, labelled({ a: 'abcd', empty: '' }))).toBe(expected);
  });

  it('tell the values that a label needs', () => {
    expect(valuesNeeded(all(labelIs('b', 'x'), labelIs('a', '1', '2')), 'a')).toEqual(['1', '2']);
    const either = (...operands: readonly LabelExpression[]) => ({ kind: 'or' as const, operands });
    expect(valuesNeeded(either(labelIs('a', '1'), labelIs('a', '2')), 'a')).toEqual(['1', '2']);
    expect(valuesNeeded(either(labelIs('a', '1'), labelIs('b', '2')), 'a')).toBeUndefined();
    expect(valuesNeeded(not(labelIs('a', '1')), 'a')).toBeUndefined();
  });
});
