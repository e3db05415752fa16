import { expect, it } from 'vitest';
import { createEvaluator } from './evaluator.ts';
import { formatVerdict } from './format-verdict.ts';
import {
  EVERYTHING,
  flow,
  labelled,
  testCluster,
  testPod,
  testPolicy,
  testRule,
} from './test-cluster.ts';
import type { RuleRef } from './verdict.ts';
import { verdictMermaid } from './verdict-mermaid.ts';

const at = (line: number) => ({ file: 'shop.yaml', document: 1, line, column: 1 });

const cluster = testCluster({
  pods: [testPod('shop/web', '10.0.0.1'), testPod('shop/db', '10.0.0.2', { node: 'node-2' })],
  policies: [
    { ...testPolicy('shop/closed', EVERYTHING, { types: ['Egress'] }), source: at(1) },
    {
      ...testPolicy('shop/db', labelled({ app: 'db' }), {
        ingress: [testRule([], [{ protocol: 'TCP', port: 1 }]), { ...testRule(), source: at(21) }],
      }),
      source: at(12),
    },
    testPolicy('shop/also', labelled({ app: 'db' }), { types: ['Ingress'], ingress: [testRule()] }),
    testPolicy('shop/web', labelled({ app: 'web' }), { types: ['Egress'] }),
  ],
});
const evaluator = createEvaluator(cluster);
const explain = (question: string) => formatVerdict(evaluator.verdict(flow(question)));

it('says what each end does and which policies make it so', () => {
  expect(explain('shop/web -> shop/db TCP/80')).toBe(`denied
  egress   denied: isolated by NetworkPolicy shop/closed (shop.yaml:1), and no rule allows it
           also isolated by NetworkPolicy shop/web
  ingress  allowed: by NetworkPolicy shop/also ingress[0]
           also by NetworkPolicy shop/db ingress[1] (shop.yaml:21)`);
});

it('says why an end has no say', () => {
  expect(explain('8.8.8.8 -> shop/web TCP/80')).toBe(`allowed
  egress   allowed: the source is not a pod of the pod network
  ingress  allowed: no policy isolates the destination for ingress`);
  expect(explain('shop/web -> node-1 TCP/80')).toBe(`allowed
  egress   allowed: a pod to itself, or a pod and its own node, is always allowed
  ingress  allowed: the destination is not a pod of the pod network`);
});

it('names a rule that denies', () => {
  const rule: RuleRef = {
    policy: { kind: 'ClusterNetworkPolicy', name: 'guard', source: at(4) },
    direction: 'ingress',
    index: 2,
  };
  const ingress = { allowed: false, reason: 'denied-by-rule', tier: 'Admin', rule } as const;
  const egress = { allowed: true, reason: 'not-isolated' } as const;
  expect(formatVerdict({ allowed: false, egress, ingress })).toBe(`denied
  egress   allowed: no policy isolates the source for egress
  ingress  denied: by ClusterNetworkPolicy guard ingress[2] (shop.yaml:4), tier Admin`);
});

it('says what passed it on, and tells the kinds of Calico apart', () => {
  const policy = {
    kind: 'NetworkPolicy',
    apiGroup: 'projectcalico.org',
    namespace: 'a',
    name: 'p',
  };
  const rule: RuleRef = { policy, direction: 'egress', index: 0, name: 'all' };
  const passed: RuleRef = {
    policy: { kind: 'AdminNetworkPolicy', name: 'q' },
    direction: 'egress',
    index: 3,
  };
  const egress = {
    allowed: true,
    reason: 'allowed-by-rule',
    tier: 'default',
    rules: [rule],
    isolatedBy: [policy],
    passed: [passed],
  } as const;
  const ingress = { allowed: true, reason: 'not-policed' } as const;
  const hosts = [
    {
      node: 'n1',
      hostEndpoint: 'eth0',
      direction: 'egress',
      verdict: { allowed: true, reason: 'not-isolated' },
    },
  ] as const;
  expect(formatVerdict({ allowed: true, egress, ingress, hosts })).toBe(`allowed
  egress   allowed: by Calico NetworkPolicy a/p egress[0] "all", tier default
           passed on by AdminNetworkPolicy q egress[3]
  egress   allowed at n1 (HostEndpoint eth0): no policy isolates the host endpoint for egress
  ingress  allowed: the destination is not a pod of the pod network`);
});

it('is a flowchart too', () => {
  const ends = { from: 'shop/web', to: 'shop/db', what: 'TCP 80' };
  expect(
    verdictMermaid(evaluator.verdict(flow('shop/web -> shop/db TCP/80')), ends),
  ).toBe(`flowchart LR
  source(["shop/web"])
  step1["egress denied<br/>isolated by NetworkPolicy shop/closed (shop.yaml:1), and no rule allows it<br/>also isolated by NetworkPolicy shop/web"]
  step2["ingress allowed<br/>by NetworkPolicy shop/also ingress[0]<br/>also by NetworkPolicy shop/db ingress[1] (shop.yaml:21)"]
  destination(["shop/db"])
  source -->|"TCP 80"| step1
  step1 --x step2
  step2 -.-> destination
  class step1 denied
  class step2 allowed
  classDef allowed stroke:#2e7d32
  classDef denied stroke:#c62828
`);
});

it('is plain data for programs', () => {
  const verdict = evaluator.verdict(flow('shop/web -> shop/db TCP/80'));
  expect(JSON.parse(JSON.stringify(verdict))).toEqual(verdict);
});
