import { describe, expect, it } from 'vitest';
import { parsePolicyPort } from './policy-port.ts';

describe('parsePolicyPort', () => {
  it('reads numbers, ranges and names', () => {
    expect(parsePolicyPort('80')).toEqual({ first: 80, last: 80 });
    expect(parsePolicyPort('80:90')).toEqual({ first: 80, last: 90 });
    expect(parsePolicyPort('http')).toBe('http');
  });

  it.each(['-50:-1', '90:80', '65536', '', 'a b'])('refuses %j', (text) => {
    expect(parsePolicyPort(text)).toBeUndefined();
  });
});
