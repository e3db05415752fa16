import { parsePrefix } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { convertNetworkPolicy } from './convert-network-policy.ts';
import { labels, networkPolicy } from './test-policies.ts';

const K8S = "projectcalico.org/orchestrator == 'k8s'";

describe('convertNetworkPolicy', () => {
  it('makes one rule per protocol and peer, protocols sorted', () => {
    const { policy } = convertNetworkPolicy(
      networkPolicy('web', {
        podSelector: labels({ app: 'web' }),
        ingress: [
          {
            peers: [
              { podSelector: labels({ role: 'client' }) },
              { namespaceSelector: labels({ team: 'ops' }) },
            ],
            ports: [
              { protocol: 'UDP', port: 53 },
              { protocol: 'TCP', port: 80 },
            ],
          },
        ],
      }),
    );
    expect(policy).toEqual({
      id: { kind: 'KubernetesNetworkPolicy', namespace: 'prod', name: 'web' },
      tier: 'default',
      order: 1000,
      selector: `${K8S} && app == 'web'`,
      types: ['ingress'],
      egress: [],
      ingress: [
        ['TCP', 80, { selector: `${K8S} && role == 'client'` }] as const,
        ['TCP', 80, { selector: K8S, namespaceSelector: "team == 'ops'" }] as const,
        ['UDP', 53, { selector: `${K8S} && role == 'client'` }] as const,
        ['UDP', 53, { selector: K8S, namespaceSelector: "team == 'ops'" }] as const,
      ].map(([protocol, port, source]) => ({
        action: 'Allow',
        protocol,
        source,
        destination: { ports: [{ first: port, last: port }] },
      })),
    });
  });

  it('puts an egress peer and its ports on the same end', () => {
    const cidr = parsePrefix('10.0.0.0/8');
    const except = [parsePrefix('10.1.0.0/16')];
    const { policy } = convertNetworkPolicy(
      networkPolicy('out', {
        egress: [
          { peers: [{ ipBlock: { cidr, except } }], ports: [{ protocol: 'TCP', port: 'db' }] },
        ],
      }),
    );
    expect(policy.egress).toEqual([
      {
        action: 'Allow',
        protocol: 'TCP',
        source: {},
        destination: { nets: [cidr], notNets: except, ports: ['db'] },
      },
    ]);
    expect(policy.types).toEqual(['egress']);
  });

  it('writes a rule without peers and ports as allow everything', () => {
    const { policy } = convertNetworkPolicy(
      networkPolicy('open', { ingress: [{ peers: [], ports: [] }] }),
    );
    expect(policy.ingress).toEqual([{ action: 'Allow', source: {}, destination: {} }]);
  });

  it('lets a port entry without a number stand for the whole protocol', () => {
    const { policy } = convertNetworkPolicy(
      networkPolicy('tcp', {
        ingress: [{ peers: [], ports: [{ protocol: 'TCP', port: 80 }, { protocol: 'TCP' }] }],
      }),
    );
    expect(policy.ingress).toEqual([
      { action: 'Allow', protocol: 'TCP', source: {}, destination: {} },
    ]);
  });

  it('keeps endPort as a range', () => {
    const { policy } = convertNetworkPolicy(
      networkPolicy('range', {
        ingress: [{ peers: [], ports: [{ protocol: 'SCTP', port: 7000, endPort: 7010 }] }],
      }),
    );
    expect(policy.ingress[0]?.destination.ports).toEqual([{ first: 7000, last: 7010 }]);
  });

  it('drops a rule with a port that is none, and says so', () => {
    const { policy, dropped } = convertNetworkPolicy(
      networkPolicy('bad', {
        ingress: [
          { peers: [], ports: [{ protocol: 'TCP', port: '-50:-1' }] },
          { peers: [], ports: [] },
        ],
      }),
    );
    expect(policy.ingress).toHaveLength(1);
    expect(dropped).toEqual([{ direction: 'ingress', index: 0 }]);
  });

  it('takes a policy that names no type for an ingress policy', () => {
    expect(convertNetworkPolicy(networkPolicy('none', {})).policy.types).toEqual(['ingress']);
  });
});
