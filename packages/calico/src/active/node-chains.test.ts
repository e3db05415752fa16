import { parsePrefix } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { labels, networkPolicy } from '../policies/test-policies.ts';
import { FELIX_DEFAULTS } from '../rendering/render-config.ts';
import { textOf } from '../rendering/test-rendering.ts';
import { testCluster } from '../testing/test-cluster.ts';
import { ActivePolicies } from './active-policies.ts';
import { EndpointIndex } from './endpoint-index.ts';
import { nodeChains } from './node-chains.ts';

const web = labels({ app: 'web' });
const cluster = testCluster({
  nodes: { n1: ['172.18.0.2'], n2: ['172.18.0.3'] },
  pods: {
    web: { node: 'n1', ips: ['10.244.0.1'], labels: { app: 'web' } },
    db: { node: 'n2', ips: ['10.244.0.2'], labels: { app: 'db' } },
  },
  networkPolicies: [
    networkPolicy('web-in', {
      podSelector: web,
      ingress: [
        {
          peers: [{ podSelector: labels({ app: 'db' }) }],
          ports: [
            { protocol: 'TCP', port: 'http' },
            { protocol: 'TCP', port: 8443 },
          ],
        },
      ],
    }),
    networkPolicy('web-out', {
      podSelector: web,
      egress: [
        {
          peers: [
            { ipBlock: { cidr: parsePrefix('10.0.0.0/8'), except: [parsePrefix('10.1.0.0/16')] } },
          ],
          ports: [],
        },
      ],
    }),
    networkPolicy('web-dns', {
      podSelector: web,
      egress: [{ peers: [], ports: [{ protocol: 'UDP', port: 53 }] }],
    }),
    networkPolicy('db', { podSelector: labels({ app: 'db' }), ingress: [] }),
  ],
});
const policies = new ActivePolicies(cluster, new EndpointIndex(cluster));
const local = [...cluster.pods.values()].filter((pod) => pod.node === 'n1');
const chains = new Map(
  nodeChains(local, policies, 4, FELIX_DEFAULTS).map(({ name, rules }) => [name, textOf(rules)]),
);

const GROUP = /^cali-go-/;
const groupName = [...chains.keys()].find((name) => GROUP.test(name)) ?? '';
const targets = (chain: string) =>
  chains.get(chain)?.flatMap((rule) => rule.match(/--(?:jump|goto) (cali\S+)/)?.[1] ?? []);

describe('nodeChains', () => {
  it('has chains for its own pods and for the policies that apply to them', () => {
    expect(targets('cali-to-wl-dispatch')).toEqual(['cali-tw-calic36cb0217f8']);
    expect(targets('cali-tw-calic36cb0217f8')).toEqual([
      'cali-pi-knp/prod/web-in',
      'cali-pri-kns.prod',
      'cali-pri-ksa.prod.default',
    ]);
    expect(targets('cali-fw-calic36cb0217f8')).toEqual([
      groupName,
      'cali-pro-kns.prod',
      'cali-pro-ksa.prod.default',
    ]);
    expect(chains.has('cali-pi-knp/prod/db')).toBe(false);
  });

  it('asks two egress policies of one selector through a group', () => {
    expect(targets(groupName)).toEqual(['cali-po-knp/prod/web-dns', 'cali-po-knp/prod/web-out']);
  });

  it('renders a NetworkPolicy as Felix does', () => {
    expect(chains.get('cali-pi-knp/prod/web-in')).toEqual([
      '-m comment --comment "KubernetesNetworkPolicy prod/web-in ingress" --jump MARK --set-mark 0x0/0x180000',
      '-p tcp -m multiport --destination-ports 8443 --jump MARK --set-mark 0x80000/0x80000',
      expect.stringMatching(
        /^-m set --match-set cali40n:\S{23} dst,dst --jump MARK --set-mark 0x80000/,
      ),
      expect.stringMatching(
        /^-p tcp -m set --match-set cali40s:\S{23} src -m mark --mark 0x80000\/0x80000 --jump MARK --set-mark 0x10000/,
      ),
    ]);
    expect(chains.get('cali-po-knp/prod/web-out')).toEqual([
      '-m comment --comment "KubernetesNetworkPolicy prod/web-out egress" --jump MARK --set-mark 0x80000/0x180000',
      '--destination 10.1.0.0/16 --jump MARK --set-mark 0/0x80000',
      '--destination 10.0.0.0/8 -m mark --mark 0x80000/0x80000 --jump MARK --set-mark 0x10000/0x10000',
    ]);
    expect(chains.get('cali-po-knp/prod/web-in')).toEqual([
      '-m comment --comment "KubernetesNetworkPolicy prod/web-in egress"',
    ]);
  });
});
