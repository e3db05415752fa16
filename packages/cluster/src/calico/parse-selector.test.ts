import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalSelector } from './canonical-selector.ts';
import { parseSelector } from './parse-selector.ts';
import { SelectorError } from './selector-error.ts';
import { selectorArbitrary } from './test-arbitraries.ts';

describe('parseSelector', () => {
  it('binds ! tighter than && and && tighter than ||', () => {
    expect(parseSelector("!a == 'x' && has(b) || all()")).toEqual({
      kind: 'or',
      operands: [
        {
          kind: 'and',
          operands: [
            { kind: 'not', operand: { kind: '==', label: 'a', value: 'x' } },
            { kind: 'has', label: 'b' },
          ],
        },
        { kind: 'all' },
      ],
    });
  });

  it('reads blank text as all()', () => {
    expect(parseSelector('')).toEqual({ kind: 'all' });
    expect(parseSelector(' \t')).toEqual({ kind: 'all' });
  });

  it('sorts sets and drops duplicates; a trailing comma is fine, and so is an empty set', () => {
    expect(parseSelector('a in {"z", "b", "z",}')).toEqual({
      kind: 'in',
      label: 'a',
      values: ['b', 'z'],
    });
    expect(parseSelector('a not in {}')).toEqual({ kind: 'not in', label: 'a', values: [] });
  });

  it('takes word operators with or without their inner space', () => {
    for (const [text, kind] of [
      ['a notin {"x"}', 'not in'],
      ['a not  in {"x"}', 'not in'],
      ['a startswith "x"', 'starts with'],
      ['a ends with "x"', 'ends with'],
      ['a contains"x"', 'contains'],
    ] as const) {
      expect(parseSelector(text).kind, text).toBe(kind);
    }
  });

  it('takes words of the language as labels', () => {
    for (const label of ['in', 'not', 'all', 'has', 'global', 'contains', 'k8s.io/app-name_1']) {
      expect(parseSelector(`${label} == "x"`)).toEqual({ kind: '==', label, value: 'x' });
    }
  });

  it.each([
    'b ends with b',
    "'b1' == b",
    'b',
    'a b',
    '!',
    'foo == "bar" &',
    'foo in {"", ||',
    '"FOO',
    '"FOO\'',
    '(a == "foo"',
    ')',
    '%',
    'a == "b" || %',
    'has(foo) &&',
    'has (a)',
    'all ()',
    'has()',
    'a inside {"x"}',
    'a in {"x" "y"}',
    'a == "b" all()',
    'a = "b"',
    'a\n== "b"',
    `${'a'.repeat(513)} == "b"`,
  ])('rejects %s', (expression) => {
    expect(() => parseSelector(expression)).toThrow(SelectorError);
  });

  it('says where and what was expected', () => {
    expect(() => parseSelector('a == b')).toThrow(
      'selector "a == b", character 6: expected a string in quotes',
    );
    expect(() => parseSelector('a || (b == "c"')).toThrow('character 3: expected an operator');
  });

  it('bounds nesting instead of the call stack', () => {
    const nested = (depth: number) => `${'('.repeat(depth)}all()${')'.repeat(depth)}`;
    expect(parseSelector(nested(500))).toEqual({ kind: 'all' });
    expect(() => parseSelector(nested(100_000))).toThrow(SelectorError);
    expect(parseSelector(`${'!'.repeat(100_001)}all()`).kind).toBe('not');
  });

  it('parses its own canonical text back', () => {
    fc.assert(
      fc.property(selectorArbitrary, (selector) => {
        expect(parseSelector(canonicalSelector(selector))).toEqual(selector);
      }),
    );
  });

  it('throws nothing but SelectorError', () => {
    const token = fc.constantFrom(
      'a',
      '"x"',
      '(',
      ')',
      '!',
      '&&',
      '||',
      '==',
      'in',
      '{',
      '}',
      ',',
      'has(',
      ' ',
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(token).map((tokens) => tokens.join('')),
    );
    fc.assert(
      fc.property(text, (expression) => {
        try {
          parseSelector(expression);
        } catch (error) {
          expect(error).toBeInstanceOf(SelectorError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
