import { describe, expect, it } from 'vitest';
import { policyGroupChainName } from './policy-group-name.ts';

const globals = (...names: string[]) =>
  names.map((name) => ({ kind: 'GlobalNetworkPolicy', namespace: '', name }) as const);

describe('policyGroupChainName', () => {
  it('hashes selector, direction and members', () => {
    expect(policyGroupChainName('ingress', 'all()', globals('a', 'b'))).toBe(
      'cali-gi-js-B7zioflPRrAki3OCu',
    );
    expect(policyGroupChainName('egress', 'all()', globals('a', 'b'))).toBe(
      'cali-go-4ezo5iTUduM_NXbqxhkl',
    );
  });

  it('depends on the order of its members', () => {
    expect(policyGroupChainName('ingress', 'all()', globals('b', 'a'))).not.toBe(
      policyGroupChainName('ingress', 'all()', globals('a', 'b')),
    );
  });
});
