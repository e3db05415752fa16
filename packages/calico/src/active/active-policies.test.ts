import { describe, expect, it } from 'vitest';
import { labels, networkPolicy } from '../policies/test-policies.ts';
import { testCluster } from '../testing/test-cluster.ts';
import { ActivePolicies } from './active-policies.ts';
import { EndpointIndex } from './endpoint-index.ts';

const cluster = testCluster({
  nodes: { n1: ['172.18.0.2'] },
  pods: {
    web: { node: 'n1', ips: ['10.244.0.1'], labels: { app: 'web' } },
    db: { node: 'n1', ips: ['10.244.0.2'], labels: { app: 'db' } },
    other: { node: 'n1', ips: ['10.244.0.3'], namespace: 'dev', labels: { app: 'web' } },
  },
  networkPolicies: [
    networkPolicy('b-all', { ingress: [] }),
    networkPolicy('a-web', { podSelector: labels({ app: 'web' }), egress: [] }),
    networkPolicy('c-none', { podSelector: labels({ app: 'none' }), ingress: [] }),
  ],
});
const policies = new ActivePolicies(cluster, new EndpointIndex(cluster));
const namesFor = (key: string) => {
  const pod = cluster.pods.get(key);
  return pod === undefined ? [] : policies.of(pod).map(({ id }) => id.name);
};

describe('ActivePolicies', () => {
  it('applies policies to the pods of their namespace that they select, by name', () => {
    expect(namesFor('prod/web')).toEqual(['a-web', 'b-all']);
    expect(namesFor('prod/db')).toEqual(['b-all']);
    expect(namesFor('dev/other')).toEqual([]);
  });

  it('remembers which directions a policy is about', () => {
    const web = cluster.pods.get('prod/web');
    expect(web && policies.of(web).map(({ types }) => types)).toEqual([['egress'], ['ingress']]);
  });
});
