import { describe, expect, test } from 'vitest';
import { ClusterLoadError, formatPlace, formatProblem, type Problem } from './problem.ts';

const problem: Problem = {
  type: 'FieldValueInvalid',
  field: 'spec.ingress[0].ports[0].endPort',
  reason: '70 is lower than port 80',
  expected: 'a number greater than or equal to 80',
  kind: 'NetworkPolicy',
  name: 'default/api',
  file: 'shop.yaml',
  document: 2,
  line: 12,
  column: 7,
};

describe('formatProblem', () => {
  test('everything that is known', () => {
    expect(formatProblem(problem)).toBe(
      'shop.yaml:12:7 (document 2) NetworkPolicy default/api: spec.ingress[0].ports[0].endPort: ' +
        '70 is lower than port 80; expected a number greater than or equal to 80',
    );
  });

  test.each<[string, { readonly [Key in keyof Problem]?: Problem[Key] | undefined }, string]>([
    [
      'no object',
      { kind: undefined, name: undefined, field: '' },
      'shop.yaml:12:7 (document 2): 70',
    ],
    ['no name', { name: undefined }, 'shop.yaml:12:7 (document 2) NetworkPolicy: spec'],
    [
      'a whole file',
      { document: undefined, line: undefined, field: '' },
      'shop.yaml NetworkPolicy default/api: 70',
    ],
    ['no place', { file: undefined }, 'NetworkPolicy default/api: spec'],
    [
      'nothing but what is wrong',
      { file: undefined, kind: undefined, name: undefined, field: '' },
      '70 is',
    ],
  ])('%s', (_, missing, start) => {
    const known = Object.entries({ ...problem, ...missing }).filter(
      ([, value]) => value !== undefined,
    );
    const some: Problem = Object.assign(
      { type: problem.type, field: '', reason: '', expected: '' },
      Object.fromEntries(known),
    );
    expect(formatProblem(some).startsWith(start)).toBe(true);
  });
});

test('formatPlace: a line without column begins at 1', () => {
  expect(formatPlace({ file: 'a', line: 3 })).toBe('a:3:1');
  expect(formatPlace({ file: 'objects', document: 7 })).toBe('objects (document 7)');
  expect(formatPlace({ line: 3 })).toBe('');
});

describe('ClusterLoadError', () => {
  test('has one line a problem and all of them as data', () => {
    const error = new ClusterLoadError([problem, { ...problem, line: 13 }]);
    expect(error.name).toBe('ClusterLoadError');
    expect(error.message.split('\n')).toEqual([
      formatProblem(problem),
      formatProblem({ ...problem, line: 13 }),
    ]);
    expect(error.problems).toHaveLength(2);
  });

  test('cuts the message after fifty', () => {
    const lines = new ClusterLoadError(Array<Problem>(51).fill(problem)).message.split('\n');
    expect(lines).toHaveLength(51);
    expect(lines.at(-1)).toBe('and 1 more problems');
    expect(new ClusterLoadError(Array<Problem>(50).fill(problem)).message).not.toContain('more');
  });
});
