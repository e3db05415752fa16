import { digestBase64Url } from './digest.ts';

/**
 * `prefix:` and the SHA-224 of `prefix:content` in URL-safe base64: the identity of an ipset.
 * Follows libcalico-go/lib/hash/unique_id.go.
 */
export const uniqueId = (prefix: string, content: string): string =>
  `${prefix}:${digestBase64Url('sha224', `${prefix}:${content}`)}`;
