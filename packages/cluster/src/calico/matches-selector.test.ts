import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesSelector } from './matches-selector.ts';
import { parseSelector } from './parse-selector.ts';
import { selectorArbitrary } from './test-arbitraries.ts';

type Labels = Readonly<Record<string, string>>;

const lookup = (labels: Labels) => (label: string) =>
  Object.hasOwn(labels, label) ? labels[label] : undefined;
const matches = (expression: string, labels: Labels) =>
  matchesSelector(parseSelector(expression), lookup(labels));

describe('matchesSelector', () => {
  it.each([
    // [expression, label a is "x", label a is missing]
    ['a == "x"', true, false],
    ['a != "x"', false, true],
    ['a in {"x", "y"}', true, false],
    ['a not in {"x", "y"}', false, true],
    ['a contains ""', true, false],
    ['a starts with "x"', true, false],
    ['a ends with "y"', false, false],
    ['has(a)', true, false],
    ['!has(a)', false, true],
    ['all()', true, true],
    ['global()', true, true],
    ['a in {}', false, false],
    ['a not in {}', true, true],
  ])('%s: %s with the label, %s without', (expression, present, absent) => {
    expect(matches(expression, { a: 'x' })).toBe(present);
    expect(matches(expression, {})).toBe(absent);
  });

  it('counts an empty value as present', () => {
    expect(matches('has(a)', { a: '' })).toBe(true);
    expect(matches('a == ""', { a: '' })).toBe(true);
  });

  it('combines', () => {
    expect(matches("a == 'a1' && b != 'b1'", { a: 'a1', b: 'b2' })).toBe(true);
    expect(matches("! a == 'a1' || ! b == 'b1'", { a: 'a1', b: 'b1' })).toBe(false);
    expect(matches('!(!has(a) || has(b))', { a: 'a' })).toBe(true);
  });

  it('obeys De Morgan', () => {
    const labels = fc.dictionary(fc.stringMatching(/^[A-Za-z0-9_./-]{1,8}$/), fc.string());
    fc.assert(
      fc.property(selectorArbitrary, selectorArbitrary, labels, (a, b, given) => {
        const not = (operand: typeof a) => ({ kind: 'not', operand }) as const;
        const holds = (selector: typeof a) => matchesSelector(selector, lookup(given));
        expect(holds(not({ kind: 'and', operands: [a, b] }))).toBe(
          holds({ kind: 'or', operands: [not(a), not(b)] }),
        );
      }),
    );
  });
});
