import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatSelector, matchesSelector } from './label-selector.ts';
import type { LabelSelector, SelectorOperator } from './objects.ts';

const selector = (
  matchLabels: LabelSelector['matchLabels'],
  ...expressions: [key: string, operator: SelectorOperator, ...values: string[]][]
): LabelSelector => ({
  matchLabels,
  matchExpressions: expressions.map(([key, operator, ...values]) => ({ key, operator, values })),
});

describe('matchesSelector', () => {
  const present = { tier: 'front', empty: '' };

  test.each<[SelectorOperator, string[], string, boolean]>([
    ['In', ['front', 'back'], 'tier', true],
    ['In', ['back'], 'tier', false],
    ['In', ['front'], 'absent', false],
    ['In', ['front', ''], 'empty', true],
    ['In', ['', 'x'], 'absent', false],
    ['NotIn', ['front'], 'tier', false],
    ['NotIn', ['back'], 'tier', true],
    ['NotIn', ['back'], 'absent', true],
    ['Exists', [], 'tier', true],
    ['Exists', [], 'empty', true],
    ['Exists', [], 'absent', false],
    ['DoesNotExist', [], 'tier', false],
    ['DoesNotExist', [], 'absent', true],
  ])('%s %j of %s: %s', (operator, values, key, expected) => {
    expect(matchesSelector(selector({}, [key, operator, ...values]), present)).toBe(expected);
  });

  test('the empty selector matches everything', () => {
    expect(matchesSelector(selector({}), {})).toBe(true);
    expect(matchesSelector(selector({}), present)).toBe(true);
  });

  test('every requirement has to hold', () => {
    const both = selector({ tier: 'front' }, ['empty', 'Exists']);
    expect(matchesSelector(both, present)).toBe(true);
    expect(matchesSelector(both, { tier: 'front' })).toBe(false);
    expect(matchesSelector(both, { tier: 'back', empty: '' })).toBe(false);
  });

  test("names of Object's own members are labels like any other", () => {
    expect(matchesSelector(selector({}, ['constructor', 'Exists']), {})).toBe(false);
    expect(matchesSelector(selector({}, ['toString', 'DoesNotExist']), {})).toBe(true);
    expect(matchesSelector(selector({ constructor: 'x' }), { constructor: 'x' })).toBe(true);
  });

  test('an operator and its opposite never agree, and adding a requirement never matches more', () => {
    const word = fc.constantFrom('a', 'b', 'c', '');
    const labels = fc.dictionary(fc.constantFrom('k', 'l', 'm'), word);
    const values = fc.array(word, { minLength: 1 });
    fc.assert(
      fc.property(labels, fc.constantFrom('k', 'l'), values, (some, key, list) => {
        const matches = (operator: SelectorOperator, ...args: string[]) =>
          matchesSelector(selector({}, [key, operator, ...args]), some);
        expect(matches('In', ...list)).toBe(!matches('NotIn', ...list));
        expect(matches('Exists')).toBe(!matches('DoesNotExist'));
        const narrower = selector({}, [key, 'In', ...list], ['m', 'Exists']);
        if (matchesSelector(narrower, some)) expect(matches('In', ...list)).toBe(true);
      }),
    );
  });
});

test('formatSelector writes as kubectl does', () => {
  expect(formatSelector(selector({}))).toBe('<all>');
  expect(
    formatSelector(
      selector(
        { app: 'web' },
        ['tier', 'In', 'front', 'back'],
        ['zone', 'NotIn', 'a'],
        ['new', 'Exists'],
        ['canary', 'DoesNotExist'],
      ),
    ),
  ).toBe('app=web,tier in (front,back),zone notin (a),new,!canary');
});
