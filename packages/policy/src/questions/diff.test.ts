import { type Cluster, formatFlowEnd, type NetworkPolicy } from '@podpath/cluster';
import { parseIp } from '@podpath/net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { setAllows } from '../connection-set.ts';
import { createEvaluator, type PolicyEvaluator } from '../evaluator.ts';
import { type PolicyEnd, type PolicyFlow, PolicyFlowError } from '../flow.ts';
import { namespaces, pods, policies } from '../test-arbitraries.ts';
import { ipBlock, labelled, testCluster, testPod, testPolicy, testRule } from '../test-cluster.ts';
import { type ChangedConnections, diffPolicies } from './diff.ts';
import type { End } from './end.ts';
import { formatDiff } from './format-diff.ts';
import { fromOffice, shop, shopPods, toDb } from './test-shop.ts';

const withPolicies = (...policies: readonly NetworkPolicy[]) =>
  testCluster({ pods: shopPods, policies });

describe('the difference', () => {
  it('is none between a cluster and itself', () => {
    expect(formatDiff(diffPolicies(shop, shop))).toBe(
      'Whoever is in both may connect as before.\n',
    );
  });

  it('is what has been gained, and by which rule', () => {
    const wider = {
      ...toDb,
      ingress: [
        ...toDb.ingress,
        {
          ...testRule([ipBlock('203.0.113.0/24')], [{ protocol: 'TCP' as const, port: 5432 }]),
          source: { file: 'new.yaml', document: 1, line: 18, column: 5 },
        },
      ],
    };
    expect(formatDiff(diffPolicies(shop, withPolicies(wider, fromOffice)))).toBe(`Gained
+ outside 203.0.113.0/25, outside 203.0.113.128/25 → shop/db
    TCP 5432, IPv4
    ingress before: isolated by NetworkPolicy shop/db (shop.yaml:1), and no rule allows it
    ingress now: by NetworkPolicy shop/db ingress[1] (new.yaml:18)

`);
  });

  it('is what has been lost, and to which policy', () => {
    const lines = formatDiff(diffPolicies(withPolicies(toDb), shop)).split('\n');
    expect(lines).toEqual([
      'Lost',
      '- shop/db, shop/web (Deployment), all 3 nodes, outside → shop/web (Deployment)',
      '    everything, IPv4',
      '    ingress before: no policy isolates the destination for ingress',
      '    ingress now: isolated by NetworkPolicy shop/web (shop.yaml:21), and no rule allows it',
      '- outside 203.0.113.0/25 → shop/web (Deployment)',
      '    TCP 1-79,81-65535; UDP; SCTP; ICMP, IPv4',
      '    ingress before: no policy isolates the destination for ingress',
      '    ingress now: isolated by NetworkPolicy shop/web (shop.yaml:21), and no rule allows it',
      '',
      '',
    ]);
  });

  it('names workloads that are in one only, and follows pods that have new names', () => {
    const owner = { kind: 'Deployment', name: 'web' };
    const renamed = testCluster({
      pods: [
        testPod('shop/web-9', '10.0.1.9', { labels: { app: 'web' }, owner }),
        testPod('shop/web-8', '10.0.1.8', { labels: { app: 'web' }, owner }),
        testPod('shop/mail', '10.0.1.7'),
      ],
      policies: [toDb, testPolicy('shop/web', labelled({ app: 'web' }))],
    });
    const diff = diffPolicies(shop, renamed);
    expect(diff.onlyBefore).toEqual(['shop/db']);
    expect(diff.onlyAfter).toEqual(['shop/mail']);
    expect(diff.gained).toEqual([]);
    expect(formatDiff(diff)).toContain(
      '- outside 203.0.113.0/25 → shop/web (Deployment)\n    TCP 80, IPv4\n',
    );
  });
});

describe('whatever changes', () => {
  it('pods, nodes and addresses are said to gain and lose exactly what the evaluator says', () => {
    let changed = 0;
    fc.assert(
      fc.property(policies, policies, (before, after) => {
        const [old, now] = [before, after].map((list) =>
          testCluster({ namespaces, pods, policies: list }),
        );
        if (old === undefined || now === undefined) return;
        const { ends, gained, lost } = diffPolicies(old, now);
        const [was, is] = [createEvaluator(old), createEvaluator(now)];
        const said = (list: readonly ChangedConnections[], i: number, j: number, flow: Flow) =>
          list.some(
            ({ between, families, connections }) =>
              families.includes(flow.family) &&
              setAllows(connections, flow.protocol, flow.port) &&
              between.some((each) => each.from.includes(i) && each.to.includes(j)),
          );
        for (const [i, source] of ends.entries()) {
          for (const [j, destination] of ends.entries()) {
            const pair = pairOf(source, destination, now);
            if (pair === undefined) continue;
            for (const flow of flowsOf(pair)) {
              const [a, b] = [was, is].map((evaluator) => allowedBy(evaluator, flow));
              if (a === undefined || b === undefined) continue;
              if (a !== b) changed += 1;
              expect([said(gained, i, j, flow), said(lost, i, j, flow)]).toEqual([
                !a && b,
                a && !b,
              ]);
            }
          }
        }
      }),
      { numRuns: 20 },
    );
    expect(changed).toBeGreaterThan(100);
  }, 60_000);
});

type Flow = PolicyFlow & { readonly protocol: 'TCP' | 'UDP' | 'ICMP'; readonly family: 4 | 6 };

function* flowsOf(pair: Pick<PolicyFlow, 'from' | 'to'>): Generator<Flow> {
  for (const family of [4, 6] as const) {
    for (const port of [50, 53, 79, 80, 81, 90, 91]) {
      for (const protocol of ['TCP', 'UDP', 'ICMP'] as const) {
        yield { ...pair, protocol, port, family };
      }
    }
  }
}

/** Two members of ends that policies are asked about: not a pod and its own node. */
const pairOf = (source: End, destination: End, cluster: Cluster) => {
  for (const from of membersOf(source, cluster)) {
    for (const to of membersOf(destination, cluster)) {
      const isOutside = from.kind === 'address' && to.kind === 'address';
      if (isOutside || formatFlowEnd(from) === formatFlowEnd(to)) continue;
      if (from.kind !== to.kind && nodeOf(from, cluster) === nodeOf(to, cluster)) continue;
      return { from, to };
    }
  }
  return undefined;
};

const membersOf = (end: End, { pods: all, nodes }: Cluster): readonly PolicyEnd[] => {
  if (end.kind === 'workload') {
    return end.pods.map((name) => ({ kind: 'pod', namespace: end.namespace, name }));
  }
  if (end.kind === 'nodes') return end.nodes.map((name) => ({ kind: 'node', name }));
  const taken = new Set([
    ...[...all.values()].flatMap(({ ips }) => ips),
    ...[...nodes.values()].flatMap(({ addresses }) => addresses),
  ]);
  return end.ranges
    .flatMap(({ first, last }) => [first, last].map(parseIp))
    .filter((address) => !taken.has(address))
    .map((address) => ({ kind: 'address', address }));
};

const nodeOf = (end: PolicyEnd, cluster: Cluster): string | undefined => {
  if (end.kind === 'node') return end.name;
  return end.kind === 'pod' ? cluster.pods.get(`${end.namespace}/${end.name}`)?.node : undefined;
};

const allowedBy = (evaluator: PolicyEvaluator, flow: PolicyFlow): boolean | undefined => {
  try {
    return evaluator.verdict(flow).allowed;
  } catch (error) {
    if (error instanceof PolicyFlowError) return undefined;
    throw error;
  }
};
