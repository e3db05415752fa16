import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { publicKeyOf } from './curve25519.ts';
import { isKey, publicKeyFor } from './key.ts';

describe('public keys of X25519', () => {
  test('are what another implementation makes of the same secrets', () => {
    for (let n = 0; n < 20; n++) {
      const { privateKey } = generateKeyPairSync('x25519');
      const secret = Buffer.from(privateKey.export({ format: 'jwk' }).d ?? '', 'base64url');
      const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
      expect(Buffer.from(publicKeyOf(secret)).toString('base64url')).toBe(x);
      const key = secret.toString('base64');
      expect(isKey(key)).toBe(true);
      expect(publicKeyFor(key)).toBe(Buffer.from(x, 'base64url').toString('base64'));
    }
  });
});

describe('keys as text', () => {
  test.each([
    '',
    'AAAA',
    `${'A'.repeat(43)}`,
    `${'A'.repeat(44)}`,
    // Bits that belong to no byte.
    `${'A'.repeat(42)}B=`,
    `${'A'.repeat(42)}-=`,
  ])('are none: %s', (text) => {
    expect(isKey(text)).toBe(false);
  });
});
