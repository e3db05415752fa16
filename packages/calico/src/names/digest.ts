import { createHash } from 'node:crypto';

/** The digests that Calico cuts its names from. */
type Algorithm = 'sha224' | 'sha256' | 'sha3-224';

/** Lower-case hexadecimal SHA-1 of UTF-8 text. */
export const sha1Hex = (text: string): string => createHash('sha1').update(text).digest('hex');

/** URL-safe base64 without padding, the alphabet that fits chain and set names. */
export const digestBase64Url = (algorithm: Algorithm, text: string): string =>
  createHash(algorithm).update(text).digest('base64url');
