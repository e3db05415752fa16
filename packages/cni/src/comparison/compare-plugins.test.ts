import { beforeAll, describe, expect, it } from 'vitest';
import { largeCluster, suiteCluster } from '../conformance/cluster.ts';
import type { NetworkPlugin } from '../plugin.ts';
import { routed } from '../test-plugin.ts';
import { comparePlugins } from './compare-plugins.ts';
import { type Comparison, differingFlows } from './comparison.ts';

/** The routed plugin again, behind a wall: nothing of namespace `closed` is delivered. */
const walled: NetworkPlugin = {
  ...routed,
  name: 'walled',
  install: (cluster, options) => {
    const path = routed.install(cluster, options);
    return Object.assign(Object.create(path), {
      plugin: 'walled',
      cluster: path.cluster,
      notes: path.notes,
      overlay: path.overlay,
      verdict: path.verdict.bind(path),
      cost: path.cost.bind(path),
      send: (flow: Parameters<typeof path.send>[0]) => {
        const trace = path.send(flow);
        const closed = flow.to.kind === 'pod' && flow.to.namespace === 'closed';
        return closed ? { ...trace, outcome: 'dropped', reason: 'the wall' } : trace;
      },
    });
  },
};

describe('a comparison', () => {
  let comparison: Comparison;
  beforeAll(async () => {
    comparison = await comparePlugins(suiteCluster([4]), [{ plugin: routed }, { plugin: walled }]);
  });

  it('walks every workload to every declared port of every other', () => {
    // 7 pods on their own, with 3 ports each.
    expect(comparison.cluster.workloads).toBe(7);
    expect(comparison.flows.length).toBe(7 * 6 * 3);
  });

  it('finds the flows that end differently, and only those', () => {
    expect(differingFlows(comparison).length).toBe(2 * 6 * 3);
    expect(differingFlows(comparison).every((flow) => flow.to.startsWith('closed/'))).toBe(true);
  });

  it('counts what is open under each', () => {
    const [open, behindWall] = comparison.plugins.map((plugin) => plugin.open);
    expect(open).toBe(comparison.flows.length);
    expect(behindWall).toBe(comparison.flows.length - 36);
  });

  it('is plain data', () => {
    expect(JSON.parse(JSON.stringify(comparison))).toEqual(comparison);
  });

  it('stops at the limit and says so', async () => {
    const short = await comparePlugins(suiteCluster([4]), [{ plugin: routed }], { maxFlows: 5 });
    expect(short.flows.length).toBe(5);
    expect(short.truncated).toEqual({ walked: 5, total: 126 });
  });

  it('looks at the cost of some nodes of many, the first and the last included', async () => {
    const { plugins } = await comparePlugins(largeCluster(30, 1), [{ plugin: routed }], {
      maxFlows: 1,
      maxCostNodes: 3,
    });
    expect(plugins[0]?.costs.map(({ node }) => node)).toEqual(['node-0', 'node-15', 'node-29']);
  });
});
