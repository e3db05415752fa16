import { type Cluster, clusterFromObjects } from '@podpath/cluster';
import { describe, expect, it } from 'vitest';
import { cutCluster } from './cut-cluster.ts';
import { labCluster } from './test-cluster.ts';

const node = (name: string) => ({ apiVersion: 'v1', kind: 'Node', metadata: { name } });

const deployment = (name: string, replicas: number) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { namespace: 'app', name },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'main', ports: [{ containerPort: 80 }] }] },
    },
  },
});

const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { namespace: 'app', name: 'big' },
  spec: { selector: { app: 'big' }, ports: [{ port: 80 }] },
};

/** 50 nodes, and 201 pods of which 200 are alike. */
const large = (): Cluster =>
  clusterFromObjects(
    [
      ...Array.from({ length: 50 }, (_, at) => node(`node-${at}`)),
      deployment('big', 200),
      deployment('lone', 1),
      service,
    ],
    { families: [4] },
  );

describe('a cluster cut down for the lab', () => {
  it('is the cluster itself when it is small', () => {
    const cluster = labCluster();
    expect(cutCluster(cluster)).toEqual({ cluster, leftOut: [] });
  });

  it('has as many nodes and pods as are allowed, and says what it has not', () => {
    const { cluster, leftOut } = cutCluster(large(), { nodes: 3, pods: 5 });
    expect(cluster.nodes.size).toBe(3);
    expect(cluster.pods.size).toBe(5);
    expect(leftOut).toHaveLength(1);
    expect(leftOut[0]).toContain('3 of 50 nodes and 5 of 201 pods');
  });

  it('keeps a pod of every workload before it keeps two of one', () => {
    const { cluster } = cutCluster(large(), { nodes: 3, pods: 2 });
    const owners = [...cluster.pods.values()].map(({ owner }) => owner.name);
    expect(new Set(owners)).toEqual(new Set(['big', 'lone']));
  });

  it('has pods on its nodes only', () => {
    const { cluster } = cutCluster(large(), { nodes: 3, pods: 5 });
    for (const { node: name } of cluster.pods.values()) expect(cluster.nodes.has(name)).toBe(true);
    expect(cluster.services.size).toBe(1);
  });

  it('has endpoints of its pods, and of no pods', () => {
    const whole = large();
    const endpoint = (pod?: string) => ({
      addresses: [1],
      ready: true,
      serving: true,
      terminating: false,
      ...(pod === undefined ? {} : { pod }),
    });
    const slice = {
      namespace: 'app',
      name: 'big-1',
      service: 'big',
      family: 4,
      ports: [],
      endpoints: [...[...whole.pods.keys()].map(endpoint), endpoint()],
    } as const;
    const { cluster } = cutCluster({ ...whole, endpointSlices: [slice] }, { nodes: 3, pods: 5 });
    const kept = cluster.endpointSlices.flatMap(({ endpoints }) => endpoints);
    expect(kept.map(({ pod }) => pod)).toEqual([...cluster.pods.keys(), undefined]);
  });
});
