import type { NftDatatype } from '../model/datatype.ts';
import type { NftElement, NftSetSpec } from '../model/ruleset.ts';
import { isVerdict } from '../model/statement.ts';
import { isRange, type NftKey, placesOf } from '../model/value.ts';
import { isSingle, isWildcard } from '../sets/encode-key.ts';
import { valueFault } from './check-value.ts';
import { refuse } from './refuse.ts';

/** Throws `Refused` for a key that is not one of these types. */
export const checkKey = (
  types: readonly NftDatatype[],
  key: NftKey,
  intervals: boolean,
  isInRule = false,
): void => {
  const places = placesOf(key);
  if (places.length !== types.length) {
    refuse('EINVAL', `datatype mismatch, expected ${types.join(' . ')}`);
  }
  for (const [index, type] of types.entries()) {
    const place = places[index];
    if (place === undefined) continue;
    const fault = valueFault(type, place);
    if (fault !== undefined) refuse('EINVAL', fault);
    if (isWildcard(place) && (!intervals || isInRule)) {
      refuse('EOPNOTSUPP', 'only a set of intervals has device names that end in *');
    }
    if (!intervals && !isSingle(place)) {
      const what = isRange(place) ? 'range' : 'prefix';
      refuse(
        'EINVAL',
        `You must add 'flags interval' to your set declaration if you want to add ${what} elements`,
      );
    }
  }
};

/** Throws `Refused` for an element that a set of this kind cannot have. */
export const checkElement = (element: NftElement, spec: NftSetSpec, hasTimeouts: boolean): void => {
  checkKey(spec.key, element.key, spec.interval === true);
  if (element.timeoutMs !== undefined && !hasTimeouts) {
    refuse('EINVAL', 'the set has no timeouts');
  }
  if (element.counter !== undefined && spec.counter === undefined && spec.dynamic !== true) {
    refuse('EINVAL', `missing statement in ${spec.data === undefined ? 'set' : 'map'} declaration`);
  }
  const { data } = element;
  if (spec.data === undefined) {
    if (data !== undefined) refuse('EINVAL', 'set is not a map');
    return;
  }
  if (data === undefined) {
    refuse('EINVAL', 'an element of a map has a value');
    return;
  }
  if (spec.data === 'verdict') {
    if (!isVerdict(data)) refuse('EINVAL', 'expected a verdict');
    return;
  }
  if (isVerdict(data)) {
    refuse('EINVAL', `datatype mismatch: expected ${spec.data.join(' . ')}`);
    return;
  }
  checkKey(spec.data, data, false);
};
