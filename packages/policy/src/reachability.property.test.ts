import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatConnections } from './connection-set.ts';
import { createEvaluator } from './evaluator.ts';
import type { PolicyEnd } from './flow.ts';
import { type ReachabilityEnd, reachability } from './reachability.ts';
import { namespaces, pods, policies } from './test-arbitraries.ts';
import { testCluster } from './test-cluster.ts';

/** Every member of a row: each of its pods, or the first and last address of each range outside. */
const members = (end: ReachabilityEnd): readonly PolicyEnd[] =>
  end.kind === 'workload'
    ? end.pods.map((name) => ({ kind: 'pod', namespace: end.namespace, name }))
    : end.ranges
        .flatMap(({ first, last }) => [first, last])
        .filter((address) => !taken.has(address))
        .map((address) => ({ kind: 'address', address }));

// Pods of one owner that differ in labels and addresses, so that rows have to part.
const owned = pods.map((pod, index) => ({
  ...pod,
  owner: { kind: 'Deployment', name: index % 2 === 0 ? 'even' : 'odd' },
}));
const addressesOf = [
  ...owned.flatMap(({ ips }) => ips),
  ...[...testCluster({ pods: [] }).nodes.values()].flatMap(({ addresses }) => addresses),
];
const taken = new Set(addressesOf);

it('a cell holds for every pair of members of its row and column', () => {
  fc.assert(
    fc.property(policies, (list) => {
      const cluster = testCluster({ namespaces, pods: owned, policies: list });
      const { ends, connections } = reachability(cluster);
      const evaluator = createEvaluator(cluster);
      for (const [i, row] of ends.entries()) {
        for (const [j, column] of ends.entries()) {
          const cell = connections(i, j);
          if (cell === undefined) continue;
          const expected = formatConnections(cell);
          for (const from of members(row)) {
            for (const to of members(column)) {
              if (from === to || JSON.stringify(named(from)) === JSON.stringify(named(to)))
                continue;
              const exact = evaluator.connections({ from, to });
              expect(`${i} ${j} ${formatConnections(exact)}`).toBe(`${i} ${j} ${expected}`);
            }
          }
        }
      }
    }),
    { numRuns: 50 },
  );
});

const named = (end: PolicyEnd): readonly string[] => {
  if (end.kind === 'pod') return [end.namespace, end.name];
  return [end.kind === 'node' ? end.name : `${end.address}`];
};

it('every pod of the pod network is in one row', () => {
  fc.assert(
    fc.property(policies, (list) => {
      const { ends } = reachability(testCluster({ namespaces, pods: owned, policies: list }));
      const inRows = ends.flatMap((end) =>
        end.kind === 'workload' ? end.pods.map((name) => `${end.namespace}/${name}`) : [],
      );
      const expected = owned
        .filter(({ hostNetwork }) => !hostNetwork)
        .map(({ namespace, name }) => `${namespace}/${name}`);
      expect(inRows.toSorted()).toEqual(expected.toSorted());
    }),
    { numRuns: 50 },
  );
});
