import { matchesCalicoSelector, parseCalicoSelector } from '@podpath/cluster';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LabelValues } from './label-values.ts';

const thing = (given: Readonly<Record<string, string>>) => {
  const labels = new Map(Object.entries(given));
  return { given, labels: (label: string) => labels.get(label) };
};
const names = fc.constantFrom('app', 'tier', 'env');
const values = fc.constantFrom('a', 'b', 'c');
const things = fc.array(fc.dictionary(names, values), { maxLength: 12 });

const { selector } = fc.letrec<{ selector: string }>((tie) => ({
  selector: fc.oneof(
    { maxDepth: 3 },
    fc.constant('all()'),
    names.map((name) => `has(${name})`),
    fc.tuple(names, fc.constantFrom('==', '!='), values).map(([n, op, v]) => `${n} ${op} '${v}'`),
    fc
      .tuple(names, fc.constantFrom('in', 'not in'), fc.array(values))
      .map(([n, op, list]) => `${n} ${op} {${list.map((v) => `'${v}'`).join(', ')}}`),
    tie('selector').map((inner) => `!(${inner})`),
    fc
      .tuple(tie('selector'), fc.constantFrom('&&', '||'), tie('selector'))
      .map(([left, op, right]) => `(${left}) ${op} (${right})`),
  ),
}));

it('leaves nothing out that the selector selects, and keeps the order', () => {
  fc.assert(
    fc.property(things, selector, (given, text) => {
      const all = given.map(thing);
      const parsed = parseCalicoSelector(text);
      const selected = (list: readonly (typeof all)[number][]) =>
        list.filter(({ labels }) => matchesCalicoSelector(parsed, labels));
      const candidates = new LabelValues(all).candidates(parsed) ?? all;
      expect(selected(candidates)).toEqual(selected(all));
    }),
    { numRuns: 1000 },
  );
});

it('asks only those that have the label’s value', () => {
  const all = Array.from({ length: 100 }, (_, index) => thing({ app: `app-${index}`, tier: 'x' }));
  const values = new LabelValues(all);
  expect(values.candidates(parseCalicoSelector("tier == 'x' && app == 'app-7'"))).toEqual([all[7]]);
  expect(values.candidates(parseCalicoSelector("app != 'app-7'"))).toBeUndefined();
});
