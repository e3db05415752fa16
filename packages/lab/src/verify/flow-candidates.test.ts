import { formatFlowEnd } from '@podpath/cluster';
import { parseIp } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { flowCandidates } from './flow-candidates.ts';
import { labCluster } from './test-cluster.ts';

const outside = [parseIp('203.0.113.10'), parseIp('2001:db8:ffff::10')];
const of = (families: readonly (4 | 6)[]) => [...flowCandidates(labCluster(families), outside)];

describe('flows to choose from', () => {
  it('go between all pods, to every port that is open', () => {
    const pairs = of([4]).filter(
      ({ kind, flow }) => kind === 'pod to pod' && flow.protocol === 'TCP',
    );
    expect(pairs).toHaveLength(9 * 8);
    expect(new Set(pairs.map(({ flow }) => flow.port))).toEqual(new Set([80]));
  });

  it('go over each family that both ends have', () => {
    expect(new Set(of([4]).map(({ flow }) => flow.family))).toEqual(new Set([4]));
    const both = of([4, 6]);
    expect(new Set(both.map(({ flow }) => flow.family))).toEqual(new Set([4, 6]));
    const outsideV6 = both.filter(
      ({ flow }) => flow.to.kind === 'address' && typeof flow.to.address === 'bigint',
    );
    expect(outsideV6.length).toBeGreaterThan(0);
    expect(outsideV6.every(({ flow }) => flow.family === 6)).toBe(true);
  });

  it('come from outside to node ports alone', () => {
    const inbound = of([4]).filter(({ kind }) => kind === 'outside to node port');
    expect(inbound.map(({ flow }) => [formatFlowEnd(flow.to), flow.protocol, flow.port])).toEqual(
      expect.arrayContaining([['node:node-1', 'TCP', 30_080]]),
    );
    expect(inbound.every(({ flow }) => flow.from.kind === 'address')).toBe(true);
  });
});
