import { parsePrefix } from '@podpath/net';
import { expect, it } from 'vitest';
import { all, labelIs } from './label-expression.ts';
import { NAMESPACE, ORCHESTRATOR } from './scoped-labels.ts';
import {
  EVERYTHING,
  ipBlock,
  labelled,
  testCluster,
  testPolicy,
  testRule,
} from './test-cluster.ts';
import { translatePolicies } from './translate-policies.ts';

const translate = (...policies: Parameters<typeof translateOne>[0][]) =>
  translatePolicies(testCluster({ pods: [], policies })).tiers[1]?.policies ?? [];

const translateOne = (policy: ReturnType<typeof testPolicy>) => translate(policy)[0];

it('has the tiers of Kubernetes, also when there is no policy', () => {
  expect(translatePolicies(testCluster({ pods: [] })).tiers).toEqual([
    { name: 'Admin', unmatched: 'pass', policies: [] },
    { name: 'NetworkPolicy', unmatched: 'deny', policies: [] },
    { name: 'Baseline', unmatched: 'pass', policies: [] },
  ]);
});

it('sorts policies by name and namespace', () => {
  const policies = ['b/a', 'a/b', 'a/a'].map((id) => testPolicy(id, EVERYTHING));
  expect(translate(...policies).map(({ ref }) => `${ref.namespace}/${ref.name}`)).toEqual([
    'a/a',
    'b/a',
    'a/b',
  ]);
});

it('says of every part what it means', () => {
  const policy = testPolicy('shop/p', labelled({ app: 'web' }), {
    types: ['Ingress'],
    ingress: [
      testRule(
        [
          { podSelector: labelled({ app: 'a' }) },
          { namespaceSelector: labelled({ team: 't' }) },
          { podSelector: EVERYTHING, namespaceSelector: EVERYTHING },
          ipBlock('10.0.0.0/8', '10.1.0.0/16'),
        ],
        [
          { protocol: 'UDP' },
          { protocol: 'TCP', port: 80 },
          { protocol: 'TCP', port: 80, endPort: 90 },
          { protocol: 'SCTP', port: 'web' },
        ],
      ),
      testRule(),
    ],
  });
  const ref = { kind: 'NetworkPolicy', namespace: 'shop', name: 'p' };
  const inShop = [labelIs(ORCHESTRATOR, 'k8s'), labelIs(NAMESPACE, 'shop')];
  const pod = labelIs(ORCHESTRATOR, 'k8s');
  expect(translateOne(policy)).toEqual({
    ref,
    subject: all(...inShop, labelIs('app', 'web')),
    ingress: [
      {
        ref: { policy: ref, direction: 'ingress', index: 0 },
        action: 'allow',
        from: [
          { labels: all(...inShop, labelIs('app', 'a')) },
          { labels: all(pod, labelIs('namespace:team', 't')) },
          { labels: pod },
          { nets: [parsePrefix('10.0.0.0/8')], notNets: [parsePrefix('10.1.0.0/16')] },
        ],
        to: 'anyone',
        traffic: [
          { protocol: 17 },
          { protocol: 6, ports: [{ first: 80, last: 80 }] },
          { protocol: 6, ports: [{ first: 80, last: 90 }] },
          { protocol: 132, ports: [{ name: 'web' }] },
        ],
      },
      {
        ref: { policy: ref, direction: 'ingress', index: 1 },
        action: 'allow',
        from: 'anyone',
        to: 'anyone',
        traffic: 'any',
      },
    ],
  });
});

it('carries the place in the input to policies and rules', () => {
  const at = (line: number) => ({ file: 'shop.yaml', document: 1, line, column: 1 });
  const policy = {
    ...testPolicy('shop/p', EVERYTHING, { ingress: [{ ...testRule(), source: at(9) }] }),
    source: at(3),
  };
  const translated = translateOne(policy);
  expect(translated?.ref.source).toEqual(at(3));
  expect(translated?.ingress?.[0]?.ref).toMatchObject({ source: at(9), policy: { source: at(3) } });
});
