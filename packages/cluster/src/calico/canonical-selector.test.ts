import { describe, expect, it } from 'vitest';
import { canonicalSelector } from './canonical-selector.ts';
import { parseSelector } from './parse-selector.ts';

describe('canonicalSelector', () => {
  it.each([
    ['', 'all()'],
    ['! (has( b)||! has(a ))', '!(has(b) || !has(a))'],
    ['! (a == "b"&&! c != "d")', '!(a == "b" && !c != "d")'],
    ["a == 'b'", 'a == "b"'],
    ["a contains '\"'", "a contains '\"'"],
    ['a contains "\'"', 'a contains "\'"'],
    ['a startswith "x"', 'a starts with "x"'],
    ['a in {"d", "a", "b"}', 'a in {"a", "b", "d"}'],
    ['a notin {}', 'a not in {}'],
    ['((a == "b"))', 'a == "b"'],
    ['(a == "b") && (c == "d" && has(e))', '(a == "b" && (c == "d" && has(e)))'],
    ['!!!all()', '!all()'],
    ['global()', 'global()'],
  ])('%s becomes %s', (expression, canonical) => {
    expect(canonicalSelector(parseSelector(expression))).toBe(canonical);
  });
});
