import { expect, it } from 'vitest';
import { clusterFromObjects } from '../cluster-from-objects.ts';
import { clusterFromText } from '../load-cluster.ts';
import {
  ADMIN_NETWORK_POLICY,
  CALICO_NETWORK_POLICY,
  CLUSTER_NETWORK_POLICY,
  GLOBAL_NETWORK_POLICY,
  OTHER_CALICO_OBJECTS,
  TIER,
} from '../test-policy-objects.ts';

it('a policy is in a tier that is there', () => {
  expect(() => clusterFromObjects([GLOBAL_NETWORK_POLICY])).toThrow(
    'GlobalNetworkPolicy all: spec.tier: there is no tier security; expected kube-admin or default or kube-baseline',
  );
  const { calico } = clusterFromObjects([GLOBAL_NETWORK_POLICY, TIER]);
  expect(calico.policies).toMatchObject([{ kind: 'GlobalNetworkPolicy', tier: 'security' }]);
});

it('namespaces come into being with what is in them', () => {
  const cluster = clusterFromObjects([CALICO_NETWORK_POLICY, ...OTHER_CALICO_OBJECTS]);
  expect([...cluster.namespaces.keys()]).toContain('shop');
  expect(cluster.serviceAccounts.get('shop/web')?.labels).toEqual({ team: 'a' });
});

it('a policy of Calico and one of Kubernetes may have one name', () => {
  const kubernetes = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: CALICO_NETWORK_POLICY.metadata,
    spec: { podSelector: {} },
  };
  const { networkPolicies, calico } = clusterFromObjects([CALICO_NETWORK_POLICY, kubernetes]);
  expect([networkPolicies.length, calico.policies.length]).toEqual([1, 1]);
  expect(() => clusterFromObjects([CALICO_NETWORK_POLICY, CALICO_NETWORK_POLICY])).toThrow(
    'is there already',
  );
});

it('policies and their rules know their lines', () => {
  const text = `apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: { name: c }
spec:
  tier: Admin
  priority: 1
  subject: { namespaces: {} }
  ingress:
    - action: Deny
      from:
        - namespaces: {}
---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: { name: g }
spec:
  egress:
    - action: Allow
    - action: Deny
`;
  const { clusterNetworkPolicies, calico } = clusterFromText(text, 'policies.yaml');
  expect(clusterNetworkPolicies[0]).toMatchObject({
    source: { line: 1 },
    ingress: [{ source: { line: 9 } }],
  });
  expect(calico.policies[0]).toMatchObject({
    source: { line: 13 },
    types: ['Egress'],
    egress: [{ location: { line: 18 } }, { location: { line: 19 } }],
  });
});

it('the versions of a cluster-scoped policy become one', () => {
  const { clusterNetworkPolicies } = clusterFromObjects([
    CLUSTER_NETWORK_POLICY,
    ADMIN_NETWORK_POLICY,
  ]);
  expect(clusterNetworkPolicies).toMatchObject([
    {
      tier: 'Admin',
      ingress: [{ name: 'in', action: 'Pass', peers: [{ kind: 'pods' }, { kind: 'pods' }] }],
      egress: [
        { action: 'Allow', peers: [{ kind: 'nodes' }, { kind: 'networks' }, { kind: 'domains' }] },
      ],
    },
    {
      kind: 'AdminNetworkPolicy',
      tier: 'Admin',
      priority: 1000,
      egress: [
        {
          action: 'Allow',
          ports: [
            { protocol: 'TCP', first: 80, last: 80 },
            { protocol: 'UDP', first: 1, last: 2 },
            { name: 'web' },
          ],
        },
      ],
    },
  ]);
});

it('a misspelt member is refused in files', () => {
  const text = JSON.stringify({ ...TIER, spec: { oder: 1 } });
  expect(() => clusterFromText(text, 'tier.json')).toThrow(
    'spec.oder: "oder" is an unknown field; expected order, defaultAction',
  );
});
