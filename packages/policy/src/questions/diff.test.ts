import type { NetworkPolicy } from '@podpath/cluster';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { setAllows } from '../connection-set.ts';
import { createEvaluator } from '../evaluator.ts';
import { namespaces, pods, policies } from '../test-arbitraries.ts';
import { ipBlock, labelled, testCluster, testPod, testPolicy, testRule } from '../test-cluster.ts';
import { diffPolicies } from './diff.ts';
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
      '- shop/db, shop/web (Deployment) → shop/web (Deployment)',
      '- all 3 nodes, outside → shop/web (Deployment)',
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
  it('pods are said to gain and lose exactly what the evaluator says', () => {
    let changed = 0;
    fc.assert(
      fc.property(policies, policies, (before, after) => {
        const [old, now] = [before, after].map((list) =>
          testCluster({ namespaces, pods, policies: list }),
        );
        if (old === undefined || now === undefined) return;
        const { ends, gained, lost } = diffPolicies(old, now);
        const [was, is] = [createEvaluator(old), createEvaluator(now)];
        const podsOf = (index: number) => {
          const end = ends[index];
          return end?.kind === 'workload'
            ? end.pods.map((name) => ({ kind: 'pod' as const, namespace: end.namespace, name }))
            : [];
        };
        for (const i of ends.keys()) {
          for (const j of ends.keys()) {
            const [from] = podsOf(i);
            const to = podsOf(j).find(
              (pod) => pod.namespace !== from?.namespace || pod.name !== from.name,
            );
            if (from === undefined || to === undefined) continue;
            for (const family of [4, 6] as const) {
              for (const port of [50, 53, 79, 80, 81, 90, 91]) {
                for (const protocol of ['TCP', 'UDP', 'ICMP'] as const) {
                  const flow = { from, to, protocol, port, family };
                  const said = [gained, lost].map((list) =>
                    list.some(
                      ({ between, families, connections }) =>
                        families.includes(family) &&
                        setAllows(connections, protocol, port) &&
                        between.some((each) => each.from.includes(i) && each.to.includes(j)),
                    ),
                  );
                  const [a, b] = [was.verdict(flow).allowed, is.verdict(flow).allowed];
                  if (a !== b) changed += 1;
                  expect(said).toEqual([!a && b, a && !b]);
                }
              }
            }
          }
        }
      }),
      { numRuns: 20 },
    );
    expect(changed).toBeGreaterThan(100);
  }, 60_000);
});
