import type { DataPath } from '@podpath/cni';
import { compilePolicies } from '@podpath/policy';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { install, networkPolicy, nodes, pod, podEnd } from './test-cluster.ts';

const APPS = ['a', 'b'];
const namespaces = ['x', 'y'].map((name) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels: { team: name } },
}));
/** Two pods of each app in each namespace, spread over two nodes. */
const pods = ['x', 'y'].flatMap((namespace) =>
  APPS.flatMap((app) =>
    [1, 2].map((index) => pod(`${namespace}/${app}${index}`, `n${index}`, { labels: { app } })),
  ),
);

const labels = fc.constantFrom(...APPS).map((app) => ({ matchLabels: { app } }));
const notIn = fc.constantFrom(...APPS).map((app) => ({
  matchExpressions: [{ key: 'app', operator: 'NotIn', values: [app] }],
}));
const podSelector = fc.oneof(fc.constant({}), labels, notIn);
const namespaceSelector = fc.constantFrom({}, { matchLabels: { team: 'x' } });
const peer = fc.oneof(
  fc.record({ podSelector }),
  fc.record({ namespaceSelector }),
  // An empty podSelector beside it is one of the departures that `features` names.
  fc.record({ namespaceSelector, podSelector: fc.oneof(labels, notIn) }),
  fc.record({
    ipBlock: fc.constantFrom(
      { cidr: '10.32.0.0/12' },
      { cidr: '10.32.0.0/12', except: ['10.32.0.0/13'] },
    ),
  }),
);
const port = fc.constantFrom(
  { port: 80 },
  { protocol: 'UDP', port: 53 },
  { protocol: 'TCP' },
  { port: 81 },
);
const rule = (side: 'from' | 'to') =>
  fc.record({
    [side]: fc.array(peer, { maxLength: 2 }),
    ports: fc.array(port, { maxLength: 2 }),
  });
const ingress = fc.array(rule('from'), { maxLength: 2 });
const egress = fc.array(rule('to'), { maxLength: 2 });
/** Rules only for types that are listed: the others count too here, which `features` names. */
const spec = fc.oneof(
  fc.record({ podSelector, ingress }).map((given) => ({ ...given, policyTypes: ['Ingress'] })),
  fc.record({ podSelector, egress }).map((given) => ({ ...given, policyTypes: ['Egress'] })),
  fc
    .record({ podSelector, ingress, egress })
    .map((given) => ({ ...given, policyTypes: ['Ingress', 'Egress'] })),
);
const policies = fc.array(fc.tuple(fc.constantFrom('x', 'y'), spec), { maxLength: 5 });

/** Pairs of pods, protocols and ports on which walk, reference evaluator and compiled policies differ. */
const disagreements = (path: DataPath): string[] => {
  const found: string[] = [];
  const compiled = compilePolicies(path.cluster);
  for (const from of path.cluster.pods.keys()) {
    for (const to of path.cluster.pods.keys()) {
      if (from === to) continue;
      for (const [protocol, number] of [
        ['TCP', 80],
        ['UDP', 53],
        ['ICMP', 0],
      ] as const) {
        const flow = { from: podEnd(from), to: podEnd(to), protocol, port: number };
        const { outcome } = path.send(flow, { trace: false });
        const { allowed } = path.verdict(flow);
        if (allowed !== (outcome === 'delivered')) {
          found.push(`${from} to ${to} ${protocol}: ${outcome}, allowed ${allowed}`);
        }
        if (compiled.verdict(flow) !== allowed) {
          found.push(`${from} to ${to} ${protocol}: compiled ${!allowed}, allowed ${allowed}`);
        }
      }
    }
  }
  return found;
};

describe('packets through weave-npc’s chains', () => {
  it('get where the NetworkPolicy API says, save the departures that are named', () => {
    fc.assert(
      fc.property(policies, (given) => {
        const objects = given.map(([namespace, one], at) =>
          networkPolicy(`${namespace}/p${at}`, one),
        );
        const path = install([...nodes(2), ...namespaces, ...pods, ...objects]);
        expect(disagreements(path)).toEqual([]);
      }),
      { numRuns: 40 },
    );
  }, 120_000);

  it('stay open where a policy has a named port, and open the first of a range only', () => {
    const path = install([
      ...nodes(2),
      ...namespaces,
      ...pods,
      networkPolicy('x/named', { podSelector: {}, ingress: [{ ports: [{ port: 'http' }] }] }),
      networkPolicy('y/range', {
        podSelector: {},
        ingress: [{ ports: [{ port: 79, endPort: 81 }] }],
      }),
    ]);
    const outcome = (to: string) =>
      path.send({ from: podEnd('x/a1'), to: podEnd(to), protocol: 'TCP', port: 80 }).outcome;
    expect(outcome('x/a2')).toBe('delivered');
    expect(outcome('y/a2')).toBe('dropped');
    expect(path.notes.join('\n')).toMatch(/gives up on NetworkPolicy x\/named/);
  });

  it('follow rules of a type that the policy does not list', () => {
    const closed = networkPolicy('x/closed', { podSelector: {}, policyTypes: ['Egress'] });
    const idle = networkPolicy('x/idle', {
      podSelector: { matchLabels: { app: 'a' } },
      policyTypes: ['Ingress'],
      egress: [{}],
    });
    const path = install([...nodes(2), ...namespaces, ...pods, closed, idle]);
    const from = (name: string) =>
      ({ from: podEnd(name), to: podEnd('y/a2'), protocol: 'TCP', port: 80 }) as const;
    expect(path.verdict(from('x/a1')).allowed).toBe(false);
    expect(path.send(from('x/a1')).outcome).toBe('delivered');
    expect(path.send(from('x/b1')).outcome).toBe('dropped');
  });

  it('miss the rules of a policy whose set’s name is taken', () => {
    const everyone = { from: [{ namespaceSelector: {} }] };
    const clash = { from: [{ namespaceSelector: {}, podSelector: {} }] };
    const path = install([
      ...nodes(2),
      ...namespaces,
      ...pods,
      networkPolicy('x/first', { podSelector: {}, ingress: [everyone] }),
      networkPolicy('y/second', { podSelector: {}, ingress: [clash] }),
    ]);
    const flow = { from: podEnd('x/a1'), to: podEnd('y/a2'), protocol: 'TCP', port: 80 } as const;
    expect(path.verdict(flow).allowed).toBe(true);
    expect(path.send(flow).outcome).toBe('dropped');
    expect(path.notes.join('\n')).toMatch(/gives up on NetworkPolicy y\/second/);
  });
});
