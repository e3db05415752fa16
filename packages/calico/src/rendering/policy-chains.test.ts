import { describe, expect, it } from 'vitest';
import { policyChain, profileChain } from './policy-chains.ts';
import { FELIX_DEFAULTS } from './render-config.ts';
import { activeRule, ports, textOf } from './test-rendering.ts';

const ID = { kind: 'KubernetesNetworkPolicy', namespace: 'prod', name: 'web' } as const;

describe('policyChain', () => {
  it('says in its first rule what it is for, and drops returns at its end', () => {
    const rules = [
      activeRule({ protocol: 'tcp', destination: { ports: ports(80) } }),
      activeRule({ protocol: 'udp' }),
    ];
    const chain = policyChain(ID, 'ingress', rules, 4, FELIX_DEFAULTS);
    expect(chain.name).toBe('cali-pi-knp/prod/web');
    expect(textOf(chain.rules)).toEqual([
      '-m comment --comment "KubernetesNetworkPolicy prod/web ingress" -p tcp -m multiport --destination-ports 80 --jump MARK --set-mark 0x10000/0x10000',
      '-m mark --mark 0x10000/0x10000 --jump RETURN',
      '-p udp --jump MARK --set-mark 0x10000/0x10000',
    ]);
  });

  it('keeps one rule when there is nothing to say', () => {
    expect(textOf(policyChain(ID, 'egress', [], 4, FELIX_DEFAULTS).rules)).toEqual([
      '-m comment --comment "KubernetesNetworkPolicy prod/web egress"',
    ]);
  });
});

describe('profileChain', () => {
  it('allows by marking', () => {
    const chain = profileChain('kns.prod', 'egress', [activeRule({})], 4, FELIX_DEFAULTS);
    expect(chain.name).toBe('cali-pro-kns.prod');
    expect(textOf(chain.rules)).toEqual([
      '-m comment --comment "Profile kns.prod egress" --jump MARK --set-mark 0x10000/0x10000',
    ]);
  });
});
