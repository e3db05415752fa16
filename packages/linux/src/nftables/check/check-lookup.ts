import type { NftDatatype } from '../model/datatype.ts';
import { operandDatatype, operandsOf } from '../model/operand.ts';
import type { NftSetSpec } from '../model/ruleset.ts';
import { isSetReference, type NftMapLookup } from '../model/statement.ts';
import { checkKey } from './check-element.ts';
import { refuse } from './refuse.ts';

/** How a rule's table knows a set. Throws when there is none of that name. */
export type SetSpecOf = (name: string) => NftSetSpec;

/** Throws `Refused` for a key that is not of the types of a set. */
export const sameTypes = (types: readonly NftDatatype[], key: readonly NftDatatype[]): void => {
  if (types.length === key.length && types.every((type, index) => type === key[index])) return;
  refuse('EINVAL', `datatype mismatch, expected ${key.join(' . ')}, got ${types.join(' . ')}`);
};

/** Throws `Refused` for a lookup in a map that has no values of the types wanted. */
export const checkMapLookup = (
  { key, map }: NftMapLookup,
  wanted: readonly (readonly NftDatatype[])[],
  setOf: SetSpecOf,
): void => {
  const types = operandsOf(key).map(operandDatatype);
  const fits = (data: readonly NftDatatype[]): boolean =>
    wanted.some((each) => each.join() === data.join());
  if (isSetReference(map)) {
    const spec = setOf(map.set);
    sameTypes(types, spec.key);
    const data = spec.data === 'verdict' ? undefined : spec.data;
    if (data === undefined || !fits(data)) {
      refuse('EINVAL', `datatype mismatch: expected a map to ${wanted.join(' or ')}`);
    }
    return;
  }
  for (const element of map.elements) {
    checkKey(types, element.key, true, true);
    const isRight = wanted.some((each) => isKeyOf(each, element.data));
    if (!isRight) refuse('EINVAL', `datatype mismatch: expected ${wanted.join(' or ')}`);
  }
};

const isKeyOf = (types: readonly NftDatatype[], key: Parameters<typeof checkKey>[1]): boolean => {
  try {
    checkKey(types, key, false);
    return true;
  } catch {
    return false;
  }
};
