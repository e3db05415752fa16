import { describe, expect, it } from 'vitest';
import {
  endpointChainName,
  isStaged,
  policyChainName,
  policyIdText,
  profileChainName,
} from './chain-names.ts';

const kubernetesPolicy = (namespace: string, name: string) =>
  ({ kind: 'KubernetesNetworkPolicy', namespace, name }) as const;

describe('chain names', () => {
  it('spells a short policy out', () => {
    const id = kubernetesPolicy('prod', 'allow-dns');
    expect(policyIdText(id)).toBe('knp/prod/allow-dns');
    expect(policyChainName('ingress', id)).toBe('cali-pi-knp/prod/allow-dns');
    expect(policyChainName('egress', id)).toBe('cali-po-knp/prod/allow-dns');
  });

  it('leaves out the namespace of a policy that has none', () => {
    const id = { kind: 'GlobalNetworkPolicy', namespace: '', name: 'default.foo' } as const;
    expect(policyChainName('egress', id)).toBe('cali-po-gnp/default.foo');
  });

  it('hashes a long policy, the same in both directions', () => {
    const id = {
      kind: 'GlobalNetworkPolicy',
      namespace: '',
      name: 'security.block-bad-ips',
    } as const;
    expect(policyChainName('ingress', id)).toBe('cali-pi-_ovld_37fSoTCMF79Uso');
    expect(policyChainName('egress', id)).toBe('cali-po-_ovld_37fSoTCMF79Uso');
  });

  it('names profiles and endpoints', () => {
    expect(profileChainName('ingress', 'kns.default')).toBe('cali-pri-kns.default');
    expect(profileChainName('egress', 'kns.a-very-long-namespace-name-here')).toBe(
      'cali-pro-_YShGLPKsq4Ax2FKlLt',
    );
    expect(endpointChainName('cali-tw-', 'cali7f94ce7c295')).toBe('cali-tw-cali7f94ce7c295');
    expect(endpointChainName('cali-thfw-', 'bond0.100')).toBe('cali-thfw-bond0.100');
  });

  it('knows staged kinds', () => {
    expect(isStaged('StagedGlobalNetworkPolicy')).toBe(true);
    expect(isStaged('GlobalNetworkPolicy')).toBe(false);
  });
});
