import { familyOf } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { addressStream, flowStream } from './streams.ts';
import { buildCluster, CLUSTERS, type Workload } from './workload.ts';

const workload: Workload = { name: 'small', nodes: 10, pods: 200, policies: 20, seed: 1 };

describe('a workload', () => {
  it('is as large as it says', () => {
    const cluster = buildCluster(workload);
    expect(cluster.nodes.size).toBe(workload.nodes);
    expect(cluster.pods.size).toBe(workload.pods);
    expect(cluster.networkPolicies.length).toBe(workload.policies);
  });

  it('is the same for the same seed, and another for another', () => {
    const labels = (seed: number) =>
      JSON.stringify(
        [...buildCluster({ ...workload, seed }).pods.values()].map((pod) => pod.labels),
      );
    expect(labels(7)).toBe(labels(7));
    expect(labels(7)).not.toBe(labels(8));
  });

  it('has both addresses where both families are asked for', () => {
    const cluster = buildCluster({ ...workload, families: [4, 6] });
    for (const { ips } of cluster.pods.values()) expect(ips.map(familyOf)).toEqual([4, 6]);
  });

  it('comes in at least three sizes', () => {
    expect(new Set(CLUSTERS.map((each) => each.nodes)).size).toBeGreaterThanOrEqual(3);
  });
});

describe('a stream', () => {
  const cluster = buildCluster(workload);

  it('of addresses has hits and misses', () => {
    const known = new Set([...cluster.pods.values()].flatMap((pod) => pod.ips));
    const addresses = [...addressStream(cluster, 2000, 1)];
    const hits = addresses.filter((address) => known.has(address)).length / addresses.length;
    expect(hits).toBeGreaterThan(0.85);
    expect(hits).toBeLessThan(0.95);
  });

  it('of flows has no pod that talks to itself', () => {
    const flows = flowStream(cluster, 500, 1);
    expect(flows.every((flow) => JSON.stringify(flow.from) !== JSON.stringify(flow.to))).toBe(true);
  });
});
