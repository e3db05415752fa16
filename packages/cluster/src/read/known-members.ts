import type { ReadContext } from './context.ts';
import { type Field, show } from './field.ts';

/** A misspelt member would be dropped in silence and open or close what it should not. */
export const checkMembers = (
  field: Field,
  known: readonly string[],
  context: Pick<ReadContext, 'refuseUnknownMembers'>,
): void => {
  if (!context.refuseUnknownMembers) return;
  for (const [key, member] of field.members()) {
    if (known.includes(key)) continue;
    member.invalid(`${show(key)} is an unknown field`, known.join(', '));
  }
};

/** The one of these members that is there. Reports when it is not exactly one, as unions in CRDs are checked. */
export const onlyMember = <Key extends string>(
  field: Field,
  known: readonly Key[],
  context: Pick<ReadContext, 'refuseUnknownMembers'>,
): Key | undefined => {
  const union = field.object();
  checkMembers(union, known, context);
  const present = known.filter((key) => !union.at(key).absent);
  const expected = `exactly one of ${known.join(', ')}`;
  if (present.length === 0) field.invalid('it says nothing', expected);
  if (present.length > 1) {
    field.report('FieldValueTooMany', `${present.join(' and ')} are both there`, expected);
    return undefined;
  }
  return present[0];
};

/** The items of a list that has from `fewest` to `most`. */
export const itemsWithin = (field: Field, fewest: number, most: number): readonly Field[] => {
  const items = field.items();
  const expected = `from ${fewest} to ${most} entries`;
  if (items.length > most) {
    field.report('FieldValueTooMany', `${items.length} entries are too many`, expected);
  } else if (!field.absent && items.length < fewest) {
    field.invalid('the list is empty', expected);
  }
  return items;
};

/** Reports the entries of a set that were there before. */
export const checkDuplicates = (items: readonly Field[]): void => {
  const seen = new Set<unknown>();
  for (const item of items) {
    if (seen.has(item.value)) {
      item.report('FieldValueDuplicate', `${show(item.value)} is there already`, 'each entry once');
    }
    seen.add(item.value);
  }
};
