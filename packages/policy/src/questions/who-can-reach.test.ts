import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { setAllows } from '../connection-set.ts';
import { createEvaluator } from '../evaluator.ts';
import { namespaces, pods, policies } from '../test-arbitraries.ts';
import { testCluster } from '../test-cluster.ts';
import type { TrafficFilter } from './by-family.ts';
import { formatWhoCanReach } from './format-who-can-reach.ts';
import { parseTarget } from './target.ts';
import { shop } from './test-shop.ts';
import { whoCanReach } from './who-can-reach.ts';

const ask = (to: string, traffic?: TrafficFilter): string =>
  formatWhoCanReach(whoCanReach(shop, { to: parseTarget(to, shop), ...(traffic && { traffic }) }));

describe('who can reach', () => {
  it('a pod: by which rule, and who cannot', () => {
    expect(ask('shop/db')).toBe(`shop/db can be reached by
  shop/web (Deployment)
    TCP 5432
    ingress: by NetworkPolicy shop/db ingress[0] (shop.yaml:12)
and not by
  all 3 nodes
  outside
  outside 203.0.113.0/25
    ingress: isolated by NetworkPolicy shop/db (shop.yaml:1), and no rule allows it
`);
  });

  it('one port of a workload', () => {
    const lines = ask('shop/web', { protocol: 'TCP', port: 80 }).split('\n');
    expect(lines.slice(0, 5)).toEqual([
      'shop/web (Deployment) can be reached by',
      '  outside 203.0.113.0/25',
      '    TCP 80',
      '    ingress: by NetworkPolicy shop/web ingress[0] (shop.yaml:32)',
      'and not by',
    ]);
  });

  it('a node, an address outside, a pod by its address', () => {
    expect(ask('node:node-1')).toContain('node node-1 can be reached by\n  shop/db\n');
    expect(ask('ops/agent')).toContain('node node-3 can be reached by');
    expect(ask('198.51.100.1')).toContain('outside 198.51.100.1/32 can be reached by');
    expect(ask('10.0.1.1')).toContain('shop/web (Deployment, pod web-1) can be reached by');
    expect(ask('10.0.1.1')).toContain('\nand not by\n  shop/db\n  shop/web (Deployment)\n');
  });
});

describe('every answer', () => {
  it('is what the evaluator says of each source and port, and together they are all', () => {
    const cluster = (list: Parameters<typeof testCluster>[0]['policies']) =>
      testCluster({ namespaces, pods, ...(list && { policies: list }) });
    fc.assert(
      fc.property(policies, fc.constantFrom(...pods.filter((p) => !p.hostNetwork)), (list, pod) => {
        const world = cluster(list);
        const evaluator = createEvaluator(world);
        const { ends, answers } = whoCanReach(world, { to: { kind: 'pods', pods: [pod] } });
        const to = { kind: 'pod', namespace: pod.namespace, name: pod.name } as const;
        for (const [index, source] of ends.entries()) {
          if (source.kind !== 'workload') continue;
          const name = source.pods.find((each) => each !== pod.name);
          if (name === undefined) continue;
          const from = { kind: 'pod', namespace: source.namespace, name } as const;
          for (const family of [4, 6] as const) {
            const own = answers.filter(
              (a) => a.from.includes(index) && a.families.includes(family),
            );
            if (own.length === 0) continue;
            for (const port of [50, 53, 79, 80, 81, 90, 91, 8080]) {
              for (const protocol of ['TCP', 'UDP', 'SCTP', 'ICMP'] as const) {
                const said = own.filter(({ connections }) =>
                  setAllows(connections, protocol, port),
                );
                const verdict = evaluator.verdict({ from, to, protocol, port, family });
                expect(said.map((each) => each.verdict)).toEqual([verdict]);
              }
            }
          }
        }
      }),
      { numRuns: 30 },
    );
  });
});
