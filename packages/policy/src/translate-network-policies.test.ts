import { parsePrefix } from '@podpath/net';
import { expect, it } from 'vitest';
import {
  EVERYTHING,
  ipBlock,
  labelled,
  testCluster,
  testPolicy,
  testRule,
} from './test-cluster.ts';
import { translateNetworkPolicies } from './translate-network-policies.ts';

const translate = (...policies: Parameters<typeof translateOne>[0][]) =>
  translateNetworkPolicies(testCluster({ pods: [], policies })).tiers[0]?.policies ?? [];

const translateOne = (policy: ReturnType<typeof testPolicy>) => translate(policy)[0];

it('is one tier that denies what no rule allows, also when there is no policy', () => {
  expect(translateNetworkPolicies(testCluster({ pods: [] }))).toEqual({
    tiers: [{ name: 'NetworkPolicy', unmatched: 'deny', policies: [] }],
  });
});

it('sorts policies by namespace and name', () => {
  const policies = ['b/a', 'a/b', 'a/a'].map((id) => testPolicy(id, EVERYTHING));
  expect(translate(...policies).map(({ ref }) => `${ref.namespace}/${ref.name}`)).toEqual([
    'a/a',
    'a/b',
    'b/a',
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
  expect(translateOne(policy)).toEqual({
    ref,
    subject: { namespaces: { kind: 'named', name: 'shop' }, pods: labelled({ app: 'web' }) },
    ingress: [
      {
        ref: { policy: ref, direction: 'ingress', index: 0 },
        action: 'allow',
        peers: [
          {
            kind: 'pods',
            namespaces: { kind: 'named', name: 'shop' },
            pods: labelled({ app: 'a' }),
          },
          { kind: 'pods', namespaces: { kind: 'selected', selector: labelled({ team: 't' }) } },
          {
            kind: 'pods',
            namespaces: { kind: 'selected', selector: EVERYTHING },
            pods: EVERYTHING,
          },
          {
            kind: 'addresses',
            cidr: parsePrefix('10.0.0.0/8'),
            except: [parsePrefix('10.1.0.0/16')],
          },
        ],
        ports: [
          { kind: 'protocol', protocol: 'UDP' },
          { kind: 'range', protocol: 'TCP', first: 80, last: 80 },
          { kind: 'range', protocol: 'TCP', first: 80, last: 90 },
          { kind: 'named', protocol: 'SCTP', name: 'web' },
        ],
      },
      {
        ref: { policy: ref, direction: 'ingress', index: 1 },
        action: 'allow',
        peers: 'anyone',
        ports: 'any',
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
