import { expect, it } from 'vitest';
import { clusterFromObjects } from '../cluster-from-objects.ts';

const notesOf = (apiVersion: string, kind: string) =>
  clusterFromObjects([{ apiVersion, kind, metadata: { name: 'x' } }]).notes.filter((note) =>
    note.includes('has no effect'),
  );

it('a kind of a group about policy is not passed over in silence', () => {
  expect(notesOf('policy.networking.k8s.io/v1alpha3', 'TenantPolicy')).toEqual([
    'policy.networking.k8s.io/v1alpha3 TenantPolicy has no effect: of policy.networking.k8s.io, podpath reads ClusterNetworkPolicy, AdminNetworkPolicy and BaselineAdminNetworkPolicy.',
  ]);
  expect(notesOf('crd.projectcalico.org/v1', 'GlobalAlert')).toHaveLength(1);
});

it('settings and other groups are', () => {
  expect(notesOf('projectcalico.org/v3', 'IPPool')).toEqual([]);
  expect(notesOf('apps.example/v1', 'Widget')).toEqual([]);
});
