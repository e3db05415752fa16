import fc from 'fast-check';
import type { Selector } from './selector.ts';

const label = fc.stringMatching(/^[A-Za-z0-9_./-]{1,8}$/);
/** Canonical text quotes with one kind of quote only, so a value has at most one kind. */
const value = fc.string({ maxLength: 4 }).map((text) => text.replaceAll("'", ''));

const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** Selectors as the parser makes them: groups of two or more, `not` never of `not`. */
export const selectorArbitrary: fc.Arbitrary<Selector> = fc.letrec<{
  primitive: Selector;
  group: Selector;
  plain: Selector;
  any: Selector;
}>((tie) => ({
  primitive: fc.oneof(
    fc.constant<Selector>({ kind: 'all' }),
    fc.constant<Selector>({ kind: 'global' }),
    fc.record({ kind: fc.constant('has' as const), label }),
    fc.record({
      kind: fc.constantFrom('==', '!=', 'contains', 'starts with', 'ends with'),
      label,
      value,
    }),
    fc.record({
      kind: fc.constantFrom('in', 'not in'),
      label,
      values: fc.uniqueArray(value, { maxLength: 4 }).map((values) => values.sort(byBytes)),
    }),
  ),
  group: fc.record({
    kind: fc.constantFrom('and', 'or'),
    operands: fc.array(tie('any'), { minLength: 2, maxLength: 4 }),
  }),
  plain: fc.oneof({ depthSize: 'small', withCrossShrink: true }, tie('primitive'), tie('group')),
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('plain'),
    fc.record({ kind: fc.constant('not' as const), operand: tie('plain') }),
  ),
})).any;
