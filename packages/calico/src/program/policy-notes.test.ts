import { clusterFromObjects } from '@podpath/cluster';
import { expect, it } from 'vitest';
import { policyNotes } from './policy-notes.ts';

const guard = (to: object) => ({
  apiVersion: 'policy.networking.k8s.io/v1alpha2',
  kind: 'ClusterNetworkPolicy',
  metadata: { name: 'guard' },
  spec: {
    tier: 'Admin',
    priority: 1,
    subject: { namespaces: {} },
    egress: [{ action: 'Deny', to: [to] }],
  },
});

it('tells of rules that Calico does not understand', () => {
  expect(policyNotes(clusterFromObjects([guard({ nodes: {} })]))).toEqual([
    expect.stringMatching(/^ClusterNetworkPolicy guard: Calico does not understand a rule with/),
  ]);
  expect(policyNotes(clusterFromObjects([guard({ networks: ['10.0.0.0/8'] })]))).toEqual([]);
});

it('tells that host endpoints are not programmed', () => {
  const endpoint = {
    apiVersion: 'projectcalico.org/v3',
    kind: 'HostEndpoint',
    metadata: { name: 'h' },
    spec: { node: 'n', interfaceName: '*' },
  };
  expect(policyNotes(clusterFromObjects([endpoint]))).toHaveLength(1);
});
