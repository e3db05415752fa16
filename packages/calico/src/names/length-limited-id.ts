import { digestBase64Url } from './digest.ts';

/**
 * A name of at most `maxLength` characters that stays readable when it can: `prefix + suffix`, or the
 * prefix, `_` and as much of the suffix's SHA-256 as fits. A suffix that itself starts with `_` and
 * fills the name exactly is hashed too, so that no plain name can pass for a hashed one.
 * Follows libcalico-go/lib/hash/unique_id.go. Throws RangeError when not even one hash character fits.
 */
export const lengthLimitedId = (prefix: string, suffix: string, maxLength: number): string => {
  const body = suffix === '' ? '_' : suffix;
  const plainLength = prefix.length + body.length;
  if (plainLength < maxLength || (plainLength === maxLength && !body.startsWith('_'))) {
    return prefix + body;
  }
  const room = maxLength - 1 - prefix.length;
  if (room < 1) {
    throw new RangeError(`no room for a hash after "${prefix}" in ${maxLength} characters`);
  }
  return `${prefix}_${digestBase64Url('sha256', body).slice(0, room)}`;
};
