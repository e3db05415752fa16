import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { childOffsets, skipSpace, skipValue, valueOfMember } from './json-scan.ts';

describe('skipValue ends behind', () => {
  test.each([
    ['{}x', 2],
    ['[1, [2]] ', 8],
    ['"a" ', 3],
    ['"a\\"b", ', 6],
    ['"a\\\\", ', 5],
    ['"}]{[" ', 6],
    ['{"}": "]"} ', 10],
    ['12, ', 2],
    ['true}', 4],
    ['null]', 4],
    ['-1.5e3\n', 6],
    ['[1, 2', 5],
    ['"open', 5],
  ])('%s: %i', (text, expected) => {
    expect(skipValue(text, 0)).toBe(expected);
  });

  test('any value, with anything behind it', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.integer({ min: 0, max: 2 }), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        for (const rest of ['', ' ', ',', '\n]'])
          expect(skipValue(text + rest, 0)).toBe(text.length);
      }),
    );
  });
});

test('skipSpace knows the four blanks of JSON', () => {
  expect(skipSpace(' \t\r\nx', 0)).toBe(4);
  expect(skipSpace('\u00a0', 0)).toBe(0);
  expect(skipSpace('  ', 0)).toBe(2);
});

describe('childOffsets', () => {
  test('members by name at their names, items by index at their starts', () => {
    expect([...childOffsets('{"a": 1, "b" :[2]}', 0)]).toEqual([
      ['a', 1],
      ['b', 9],
    ]);
    expect([...childOffsets('[ 1, [2] ,"x"]', 0)]).toEqual([
      [0, 2],
      [1, 5],
      [2, 10],
    ]);
    expect([...childOffsets('{ }', 0)]).toEqual([]);
    expect([...childOffsets('[]', 0)]).toEqual([]);
    expect([...childOffsets('"{}"', 0)]).toEqual([]);
  });

  test('every child of any value parses to what it is', () => {
    const container = fc.oneof(
      fc.array(fc.jsonValue()),
      fc.dictionary(fc.string(), fc.jsonValue()),
    );
    fc.assert(
      fc.property(container, fc.integer({ min: 0, max: 2 }), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        const plain = JSON.parse(text);
        const children = childOffsets(text, 0);
        expect(children.size).toBe(Object.keys(plain).length);
        for (const [key, offset] of children) {
          const start = typeof key === 'string' ? valueOfMember(text, offset) : offset;
          expect(JSON.parse(text.slice(start, skipValue(text, start)))).toEqual(plain[key]);
        }
      }),
    );
  });
});
