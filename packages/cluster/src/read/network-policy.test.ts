import { parsePrefix } from '@podpath/net';
import { describe, expect, test } from 'vitest';
import { clusterFromObjects } from '../cluster-from-objects.ts';
import { policy, problemsOf } from '../test-objects.ts';

const read = (spec: object) => {
  const [first] = clusterFromObjects([policy('shop/p', { ...spec })]).networkPolicies;
  return first;
};

const empty = { matchLabels: {}, matchExpressions: [] };

describe('defaulting', () => {
  test.each<[object, string[]]>([
    [{}, ['Ingress']],
    [{ policyTypes: [] }, ['Ingress']],
    [{ policyTypes: null }, ['Ingress']],
    [{ egress: [] }, ['Ingress']],
    [{ egress: null }, ['Ingress']],
    [{ egress: [{}] }, ['Ingress', 'Egress']],
    [{ ingress: [{}], egress: [{}] }, ['Ingress', 'Egress']],
    [{ policyTypes: ['Egress'] }, ['Egress']],
    [{ policyTypes: ['Egress'], ingress: [{}] }, ['Egress']],
    [{ policyTypes: ['Egress', 'Egress'] }, ['Egress']],
  ])('policy types of %j: %j', (spec, expected) => {
    expect(read(spec)?.policyTypes).toEqual(expected);
  });

  test.each([{}, null, undefined, { matchLabels: null }, { matchExpressions: null }])(
    'pod selector %j selects all pods',
    (podSelector) => {
      expect(read({ podSelector })?.podSelector).toEqual(empty);
    },
  );

  test('rules that restrict nothing', () => {
    for (const rule of [{}, { from: null, ports: null }, { from: [], ports: [] }]) {
      expect(read({ ingress: [rule] })?.ingress).toEqual([{ peers: [], ports: [] }]);
    }
    expect(read({ ingress: null })?.ingress).toEqual([]);
  });

  test('an empty port is every port of TCP, not everything', () => {
    expect(read({ ingress: [{ ports: [{}] }] })?.ingress[0]?.ports).toEqual([{ protocol: 'TCP' }]);
  });
});

test('peers keep apart what is not given and what is empty', () => {
  const from = [
    { podSelector: {} },
    { namespaceSelector: {}, podSelector: null },
    { namespaceSelector: { matchLabels: { a: 'b' } }, podSelector: {} },
    { ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } },
    { ipBlock: { cidr: '10.9.9.9/8', except: null } },
  ];
  expect(read({ ingress: [{ from }] })?.ingress[0]?.peers).toEqual([
    { podSelector: empty },
    { namespaceSelector: empty },
    { namespaceSelector: { matchLabels: { a: 'b' }, matchExpressions: [] }, podSelector: empty },
    { ipBlock: { cidr: parsePrefix('10.0.0.0/8'), except: [parsePrefix('10.1.0.0/16')] } },
    { ipBlock: { cidr: parsePrefix('10.0.0.0/8'), except: [] } },
  ]);
});

test('ports by number, range and name', () => {
  const ports = [{ port: 80 }, { port: 1000, endPort: 2000, protocol: 'UDP' }, { port: 'http' }];
  expect(read({ egress: [{ ports }] })?.egress[0]?.ports).toEqual([
    { protocol: 'TCP', port: 80 },
    { protocol: 'UDP', port: 1000, endPort: 2000 },
    { protocol: 'TCP', port: 'http' },
  ]);
});

test('expressions of selectors', () => {
  const matchExpressions = [
    { key: 'tier', operator: 'In', values: ['a', ''] },
    { key: 'example.com/x', operator: 'DoesNotExist' },
  ];
  expect(read({ podSelector: { matchExpressions } })?.podSelector.matchExpressions).toEqual([
    { key: 'tier', operator: 'In', values: ['a', ''] },
    { key: 'example.com/x', operator: 'DoesNotExist', values: [] },
  ]);
});

test('objects in memory may have members of newer APIs, and are held to strict CIDRs on request', () => {
  expect(read({ ingress: [{ newMember: 1 }] })?.ingress).toHaveLength(1);
  const odd = policy('shop/p', { ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.1/8' } }] }] });
  expect(problemsOf(() => clusterFromObjects([odd], { strictCidrs: true }))).toHaveLength(1);
});
