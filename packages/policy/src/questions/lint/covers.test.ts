import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holds, type LabelExpression, labelIs, not } from '../../label-expression.ts';
import { follows } from './covers.ts';

const has = (label: string): LabelExpression => ({ kind: 'has', label });
const and = (...operands: LabelExpression[]): LabelExpression => ({ kind: 'and', operands });
const or = (...operands: LabelExpression[]): LabelExpression => ({ kind: 'or', operands });

describe('an expression follows from another', () => {
  it.each([
    ['anything', and(), labelIs('a', 'x')],
    ['one value of more', labelIs('a', 'x', 'y'), labelIs('a', 'x')],
    ['being there', has('a'), labelIs('a', 'x')],
    ['a part of all', labelIs('a', 'x'), and(labelIs('a', 'x'), has('b'))],
    ['one of several', or(has('a'), has('b')), has('b')],
    ['not another value', not(labelIs('a', 'x')), labelIs('a', 'y')],
    ['not to have, less and more', not(labelIs('a', 'x')), not(labelIs('a', 'x', 'y'))],
    ['not to have at all', not(labelIs('a', 'x')), not(has('a'))],
  ])('%s', (_, wide, narrow) => {
    expect(follows(wide, narrow)).toBe(true);
  });

  it.each([
    ['another value', labelIs('a', 'x'), labelIs('a', 'y')],
    ['another label', has('b'), has('a')],
    ['more', and(has('a'), has('b')), has('a')],
    ['the contrary', not(has('a')), has('a')],
    ['what need not be there', has('a'), not(labelIs('a', 'x'))],
  ])('not %s', (_, wide, narrow) => {
    expect(follows(wide, narrow)).toBe(false);
  });

  it('never where it does not', () => {
    const label = fc.constantFrom('a', 'b');
    const { expression } = fc.letrec<{ expression: LabelExpression }>((tie) => ({
      expression: fc.oneof(
        { maxDepth: 3 },
        label.map(has),
        fc
          .tuple(label, fc.subarray(['x', 'y', 'z']))
          .map(([name, values]) => labelIs(name, ...values)),
        fc.record({
          kind: fc.constantFrom('contains' as const, 'starts with' as const),
          label,
          value: fc.constantFrom('x', ''),
        }),
        tie('expression').map(not),
        fc.array(tie('expression'), { maxLength: 2 }).map((list) => and(...list)),
        fc.array(tie('expression'), { maxLength: 2 }).map((list) => or(...list)),
      ),
    }));
    const values = [undefined, 'x', 'y', 'z', 'w'];
    let followed = 0;
    fc.assert(
      fc.property(expression, expression, (wide, narrow) => {
        if (!follows(wide, narrow)) return;
        followed += 1;
        for (const a of values) {
          for (const b of values) {
            const lookup = (name: string) => (name === 'a' ? a : b);
            if (holds(narrow, lookup)) expect(holds(wide, lookup)).toBe(true);
          }
        }
      }),
      { numRuns: 3000 },
    );
    expect(followed).toBeGreaterThan(300);
  });
});
