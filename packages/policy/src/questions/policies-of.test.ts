import { parseCalicoSelector } from '@podpath/cluster';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { namespaces, pods, policies } from '../test-arbitraries.ts';
import { labelled, testCluster, testPod, testPolicy } from '../test-cluster.ts';
import { clusterPolicies } from '../test-model-arbitraries.ts';
import { formatPodsOf } from './format-pods-of.ts';
import { formatPoliciesOf } from './format-policies-of.ts';
import { podsOfPolicy } from './pods-of.ts';
import { policiesOf } from './policies-of.ts';
import { parseTarget } from './target.ts';
import { shop } from './test-shop.ts';

const text = (selector: string) => ({ text: selector, selector: parseCalicoSelector(selector) });

const admin = {
  kind: 'ClusterNetworkPolicy' as const,
  name: 'no-telnet',
  tier: 'Admin' as const,
  priority: 1,
  subject: { namespaces: labelled({}) },
  ingress: [{ action: 'Deny' as const, peers: [], ports: [] }],
  egress: [],
};

const withHosts = {
  ...shop,
  clusterNetworkPolicies: [admin],
  calico: {
    ...shop.calico,
    policies: [
      {
        kind: 'GlobalNetworkPolicy' as const,
        name: 'hosts',
        tier: 'default',
        selector: text('has(host)'),
        types: ['Ingress' as const],
        ingress: [],
        egress: [],
        doNotTrack: true,
        preDnat: false,
        applyOnForward: true,
      },
    ],
    hostEndpoints: [
      {
        name: 'first',
        labels: { host: 'yes' },
        node: 'node-1',
        interfaceName: 'eth0',
        expectedIps: [],
        profiles: [],
        ports: [],
      },
    ],
  },
};

const of = (name: string, cluster = shop) =>
  formatPoliciesOf(policiesOf(cluster, parseTarget(name, cluster)));

describe('policies of', () => {
  it('a workload: by direction, with the place of each', () => {
    expect(of('shop/web')).toBe(`shop/web-1, shop/web-2
  ingress
    tier NetworkPolicy
      NetworkPolicy shop/web (shop.yaml:21): 1 rule
      otherwise denied
  egress: no policy, allowed
`);
  });

  it('a pod under several tiers: in the order in which they are asked', () => {
    expect(of('shop/web-1', withHosts)).toBe(`shop/web-1
  ingress
    tier kube-admin
      ClusterNetworkPolicy no-telnet: 1 rule
      otherwise the next
    tier default
      NetworkPolicy shop/web (shop.yaml:21): 1 rule
      otherwise denied
  egress: no policy, allowed
`);
  });

  it('nodes: those of their host endpoints', () => {
    expect(of('node:node-1', withHosts)).toBe(`node node-1 (HostEndpoint first)
  ingress
    tier default, untracked
      Calico GlobalNetworkPolicy hosts: no rules
      otherwise what profiles say
  egress: no policy, what profiles say
`);
    expect(of('ops/agent')).toContain(
      'node node-3, which has no host endpoint\n  ingress: no policy',
    );
    expect(of('8.8.8.8')).toContain('an address outside, which no policy is about');
  });

  it('tells pods of one workload apart', () => {
    const owner = { kind: 'Deployment', name: 'web' };
    const two = testCluster({
      pods: [testPod('a/x', '10.0.0.1', { owner }), testPod('a/y', '10.0.0.2', { owner })],
      policies: [testPolicy('a/p', labelled({ app: 'x' }))],
    });
    const answers = policiesOf(two, parseTarget('a/web', two));
    expect(answers.map(({ subject, ingress }) => [subject, ingress.length])).toEqual([
      [{ kind: 'pods', namespace: 'a', owner, pods: ['x'] }, 1],
      [{ kind: 'pods', namespace: 'a', owner, pods: ['y'] }, 0],
    ]);
  });
});

describe('pods of', () => {
  it('a policy: by workload', () => {
    expect(formatPodsOf(podsOfPolicy(shop, 'shop/web'))).toBe(
      `NetworkPolicy shop/web (shop.yaml:21): ingress, tier NetworkPolicy
  shop/web (Deployment): web-1, web-2
`,
    );
  });

  it('a policy for hosts: their endpoints', () => {
    expect(formatPodsOf(podsOfPolicy(withHosts, 'hosts'))).toBe(
      `Calico GlobalNetworkPolicy hosts: ingress, tier default, untracked
  node node-1 (HostEndpoint first)
`,
    );
  });

  it('refuses names of none and of several, and says what was meant', () => {
    expect(() => podsOfPolicy(shop, 'shop/wep')).toThrow(
      "'shop/wep': there is no such policy; did you mean shop/web?",
    );
    const twice = {
      ...shop,
      networkPolicies: [...shop.networkPolicies, testPolicy('ops/web', labelled({}))],
    };
    expect(() => podsOfPolicy(twice, 'web')).toThrow(
      "'web' are NetworkPolicy ops/web and NetworkPolicy shop/web; " +
        'expected one of networkpolicy/ops/web, networkpolicy/shop/web',
    );
    expect(podsOfPolicy(twice, 'NetworkPolicy/ops/web').policy.namespace).toBe('ops');
  });

  it('are the pods that have the policy', () => {
    fc.assert(
      fc.property(policies, clusterPolicies, (list, scoped) => {
        const world = {
          ...testCluster({ namespaces, pods, policies: list }),
          clusterNetworkPolicies: scoped,
        };
        for (const { kind, ...policy } of [
          ...list.map((each) => ({ ...each, kind: 'NetworkPolicy' })),
          ...scoped.map((each) => ({ ...each, namespace: undefined })),
        ]) {
          const path =
            policy.namespace === undefined ? policy.name : `${policy.namespace}/${policy.name}`;
          const answer = podsOfPolicy(world, `${kind}/${path}`);
          // It selects, and has nothing to say.
          if (answer.directions.length === 0) continue;
          const selected = answer.workloads.flatMap(({ namespace, pods: names }) =>
            names.map((name) => `${namespace}/${name}`),
          );
          const expected = pods.filter((pod) => {
            if (pod.hostNetwork) return false;
            const [own] = policiesOf(world, { kind: 'pods', pods: [pod] });
            return [...(own?.ingress ?? []), ...(own?.egress ?? [])].some((tier) =>
              tier.policies.some(
                (each) => JSON.stringify(each.policy) === JSON.stringify(answer.policy),
              ),
            );
          });
          expect(selected.toSorted()).toEqual(
            expected.map(({ namespace, name }) => `${namespace}/${name}`).toSorted(),
          );
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe('a target', () => {
  it('is nobody’s Service, and nobody who has finished', () => {
    const world = testCluster({ pods: [testPod('a/x', '10.0.0.1', { phase: 'Failed' })] });
    expect(() => parseTarget('a/x', world)).toThrow("'a/x' has finished");
    const service = {
      ...world,
      services: new Map([['a/s', { namespace: 'a', name: 's' } as never]]),
    };
    expect(() => parseTarget('svc:a/s', service)).toThrow(
      /policies are about pods, not about Services/,
    );
  });
});
