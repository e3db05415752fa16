import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Field, type Finding, show } from './field.ts';

/** A field of a value and what is found wrong on the way. */
const open = (value: unknown): { root: Field; findings: Finding[] } => {
  const findings: Finding[] = [];
  return { root: Field.root(value, findings), findings };
};

/** What reading a single member gives, and the problems as `field: reason; expected`. */
const read = <T>(value: unknown, reader: (field: Field) => T): [T, ...string[]] => {
  const { root, findings } = open({ x: value });
  const result = reader(root.at('x'));
  return [
    result,
    ...findings.map(({ field, reason, expected }) => `${field}: ${reason}; ${expected}`),
  ];
};

describe('paths', () => {
  test('are those of the API server', () => {
    const { root } = open({ spec: { ports: [{}, { name: 'a' }] } });
    const [, second] = root.at('spec').at('ports').items();
    const name = second?.at('name');
    expect(name?.path).toEqual(['spec', 'ports', 1, 'name']);
    name?.invalid('is wrong', 'right');
    expect(root.path).toEqual([]);
  });

  test('of things that are not there lead to where they would be', () => {
    const { root, findings } = open({});
    root.at('spec').at('ports').required('there are no ports', 'ports');
    expect(findings).toEqual([
      {
        type: 'FieldValueRequired',
        field: 'spec.ports',
        path: ['spec', 'ports'],
        reason: 'there are no ports',
        expected: 'ports',
      },
    ]);
  });

  test('a finding may be placed elsewhere than it is named', () => {
    const { root, findings } = open({ labels: { a: 1 } });
    const labels = root.at('labels');
    labels.report('FieldValueInvalid', 'bad', 'good', labels.at('a'));
    expect(findings).toMatchObject([{ field: 'labels', path: ['labels', 'a'] }]);
  });
});

describe('absent and null are the same', () => {
  test.each([undefined, null])('%s', (value) => {
    expect(read(value, (field) => field.absent)).toEqual([true]);
    expect(read(value, (field) => field.string())).toEqual([undefined]);
    expect(read(value, (field) => field.boolean())).toEqual([undefined]);
    expect(read(value, (field) => field.integer())).toEqual([undefined]);
    expect(read(value, (field) => field.oneOf(['a']))).toEqual([undefined]);
    expect(read(value, (field) => field.items().length)).toEqual([0]);
    expect(read(value, (field) => field.members().length)).toEqual([0]);
    expect(read(value, (field) => field.object().at('y').absent)).toEqual([true]);
  });
});

describe('types', () => {
  test.each<[unknown, (field: Field) => unknown, unknown]>([
    ['a', (field) => field.string(), 'a'],
    ['', (field) => field.string(), ''],
    ['', (field) => field.text(), undefined],
    [false, (field) => field.boolean(), false],
    [0, (field) => field.integer(), 0],
    [-3, (field) => field.integer(), -3],
    [5, (field) => field.integerWithin(5, 5), 5],
    ['b', (field) => field.oneOf(['a', 'b']), 'b'],
    [[1, 2], (field) => field.items().map(({ value }) => value), [1, 2]],
    [{ a: 1 }, (field) => field.members().map(([key, { value }]) => [key, value]), [['a', 1]]],
  ])('%j is read', (value, reader, expected) => {
    expect(read(value, reader)).toEqual([expected]);
  });

  test.each<[unknown, (field: Field) => unknown, string]>([
    [8, (field) => field.string(), 'x: 8 is not a string; a string: quote it, "8"'],
    [true, (field) => field.string(), 'x: true is not a string; a string: quote it, "true"'],
    [{}, (field) => field.string(), 'x: an object is not a string; a string'],
    ['yes', (field) => field.boolean(), 'x: "yes" is not true or false; true or false'],
    ['1', (field) => field.integer(), 'x: "1" is not a whole number; a whole number'],
    [1.5, (field) => field.integer(), 'x: 1.5 is not a whole number; a whole number'],
    [
      2 ** 60,
      (field) => field.integer(),
      'x: 1152921504606847000 is not a whole number; a whole number',
    ],
    [Number.NaN, (field) => field.integer(), 'x: NaN is not a whole number; a whole number'],
    [6, (field) => field.integerWithin(1, 5), 'x: 6 is out of range; a number between 1 and 5'],
    ['B', (field) => field.oneOf(['a', 'b']), 'x: "B" is not supported; a or b'],
    [{}, (field) => field.items()[0], 'x: an object is not a list; a list'],
    [[], (field) => field.members()[0], 'x: a list is not an object; an object'],
    ['a', (field) => field.object().value, 'x: "a" is not an object; an object'],
  ])('%j is refused', (value, reader, expected) => {
    expect(read(value, reader)).toEqual([undefined, expected]);
  });

  test("members that every object inherits are not the value's", () => {
    const { root } = open({});
    expect(root.at('constructor').absent).toBe(true);
    expect(root.at('toString').absent).toBe(true);
    expect(open(JSON.parse('{"__proto__": 1}')).root.at('__proto__').value).toBe(1);
  });
});

test('show: on one line, and short, whatever the value', () => {
  expect(show('a "b"\nc')).toBe('"a \\"b\\"\\nc"');
  expect(show([1])).toBe('a list');
  expect(show({})).toBe('an object');
  fc.assert(
    fc.property(fc.anything(), (value) => {
      expect(show(value).length).toBeLessThanOrEqual(61);
      expect(typeof value === 'string' && show(value).includes('\n')).toBe(false);
    }),
  );
});
