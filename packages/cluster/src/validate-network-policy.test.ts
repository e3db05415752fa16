import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { policy } from './test-objects.ts';
import { validateNetworkPolicy } from './validate-network-policy.ts';

const ingress = (rule: unknown) => policy('default/p', { ingress: [rule] });
const port = (entry: unknown) => ingress({ ports: [entry] });
const peer = (entry: unknown) => ingress({ from: [entry] });
const block = (cidr: unknown, ...except: unknown[]) => peer({ ipBlock: { cidr, except } });
const selecting = (expression: unknown) =>
  policy('default/p', { podSelector: { matchExpressions: [expression] } });

/** Problems as `field type`, in order. */
const found = (object: unknown, ...rest: [oldObject?: unknown, strict?: boolean]): string[] =>
  validateNetworkPolicy(object, rest[0], { strictCidrs: rest[1] ?? false }).map(
    ({ field, type }) => `${field} ${type.replace('FieldValue', '')}`,
  );

describe('what the API server accepts', () => {
  test.each([
    ['no rules', policy('default/p')],
    [
      'no spec',
      { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'p' } },
    ],
    ['an empty rule', ingress({})],
    ['nulls', policy('default/p', { ingress: null, egress: null, policyTypes: null })],
    ['null selectors', policy('default/p', { podSelector: { matchLabels: null } })],
    ['an empty port', port({})],
    ['a port name', port({ port: 'http', protocol: 'UDP' })],
    ['a range of one', port({ port: 80, endPort: 80 })],
    ['a range', port({ port: 1, endPort: 65535, protocol: 'SCTP' })],
    ['the same peer twice', ingress({ from: [{ podSelector: {} }, { podSelector: {} }] })],
    ['the same exception twice', block('10.0.0.0/8', '10.1.0.0/16', '10.1.0.0/16')],
    ['the same type twice', policy('default/p', { policyTypes: ['Ingress', 'Ingress'] })],
    ['an empty label value', selecting({ key: 'a', operator: 'In', values: [''] })],
  ])('%s', (_, object) => {
    expect(found(object)).toEqual([]);
  });

  test('a generated name', () => {
    expect(found({ ...policy(''), metadata: { generateName: 'p-' } })).toEqual([]);
  });
});

describe('what it refuses', () => {
  test.each([
    ['no name', policy(''), ['metadata.name Required']],
    ['upper case in the name', policy('default/Web'), ['metadata.name Invalid']],
    ['a long name', policy(`default/${'x'.repeat(254)}`), ['metadata.name Invalid']],
    [
      'a protocol in lower case',
      port({ protocol: 'tcp' }),
      ['spec.ingress[0].ports[0].protocol NotSupported'],
    ],
    ['port 0', port({ port: 0 }), ['spec.ingress[0].ports[0].port Invalid']],
    ['port 65536', port({ port: 65536 }), ['spec.ingress[0].ports[0].port Invalid']],
    ['half a port', port({ port: 80.5 }), ['spec.ingress[0].ports[0].port Invalid']],
    ['a number as text', port({ port: '80' }), ['spec.ingress[0].ports[0].port Invalid']],
    [
      'a name with two faults',
      port({ port: 'A--b' }),
      Array(2).fill('spec.ingress[0].ports[0].port Invalid'),
    ],
    [
      'a range backwards',
      port({ port: 80, endPort: 70 }),
      ['spec.ingress[0].ports[0].endPort Invalid'],
    ],
    [
      'a range to 0',
      port({ port: 80, endPort: 0 }),
      Array(2).fill('spec.ingress[0].ports[0].endPort Invalid'),
    ],
    [
      'a range from a name',
      port({ port: 'web', endPort: 90 }),
      ['spec.ingress[0].ports[0].endPort Invalid'],
    ],
    ['a range from nothing', port({ endPort: 90 }), ['spec.ingress[0].ports[0].endPort Invalid']],
    ['an empty peer', peer({}), ['spec.ingress[0].from[0] Required']],
    ['a peer of nulls', peer({ podSelector: null }), ['spec.ingress[0].from[0] Required']],
    [
      'a block and a selector',
      peer({ ipBlock: { cidr: '10.0.0.0/8' }, podSelector: {} }),
      ['spec.ingress[0].from[0] Forbidden'],
    ],
    ['no CIDR', block(undefined, 'nonsense'), ['spec.ingress[0].from[0].ipBlock.cidr Required']],
    ['an empty CIDR', block('', 'nonsense'), ['spec.ingress[0].from[0].ipBlock.cidr Required']],
    [
      'an address for a CIDR',
      block('10.0.0.1', 'nonsense'),
      ['spec.ingress[0].from[0].ipBlock.cidr Invalid'],
    ],
    [
      'a CIDR as exception to itself',
      block('10.0.0.0/8', '10.0.0.0/8'),
      ['spec.ingress[0].from[0].ipBlock.except[0] Invalid'],
    ],
    [
      'an exception outside',
      block('10.0.0.0/8', '10.1.0.0/16', '11.0.0.0/16'),
      ['spec.ingress[0].from[0].ipBlock.except[1] Invalid'],
    ],
    [
      'an exception of the other family',
      block('10.0.0.0/8', 'fd00::/64'),
      ['spec.ingress[0].from[0].ipBlock.except[0] Invalid'],
    ],
    [
      'an exception that is none',
      block('10.0.0.0/8', null),
      ['spec.ingress[0].from[0].ipBlock.except[0] Invalid'],
    ],
    [
      'an unknown type',
      policy('default/p', { policyTypes: ['Both'] }),
      ['spec.policyTypes[0] NotSupported'],
    ],
    [
      'an empty type',
      policy('default/p', { policyTypes: [null] }),
      ['spec.policyTypes[0] NotSupported'],
    ],
    [
      'three types, whatever they are',
      policy('default/p', { policyTypes: ['a', 'b', 'c'] }),
      ['spec.policyTypes Invalid'],
    ],
    [
      'a bad label key',
      policy('default/p', { podSelector: { matchLabels: { '-a': 'b' } } }),
      ['spec.podSelector.matchLabels Invalid'],
    ],
    [
      'a bad label value',
      policy('default/p', { podSelector: { matchLabels: { a: 'b c' } } }),
      ['spec.podSelector.matchLabels Invalid'],
    ],
    [
      'a bad key',
      selecting({ key: 'a/b/c', operator: 'Exists' }),
      ['spec.podSelector.matchExpressions[0].key Invalid'],
    ],
    [
      'a bad operator',
      selecting({ key: 'a', operator: 'Equals', values: ['b'] }),
      ['spec.podSelector.matchExpressions[0].operator Invalid'],
    ],
    [
      'In without values',
      selecting({ key: 'a', operator: 'In' }),
      ['spec.podSelector.matchExpressions[0].values Required'],
    ],
    [
      'Exists with values',
      selecting({ key: 'a', operator: 'Exists', values: ['b'] }),
      ['spec.podSelector.matchExpressions[0].values Forbidden'],
    ],
    [
      'a bad value',
      selecting({ key: 'a', operator: 'NotIn', values: ['ok', 'b c'] }),
      ['spec.podSelector.matchExpressions[0].values[1] Invalid'],
    ],
    [
      'a list for an object',
      policy('default/p', { podSelector: [] }),
      ['spec.podSelector Invalid'],
    ],
    ['an object for a list', policy('default/p', { ingress: {} }), ['spec.ingress Invalid']],
    ['text for everything', 'NetworkPolicy', [' Invalid', 'metadata.name Required']],
  ])('%s', (_, object, expected) => {
    expect(found(object)).toEqual(expected);
  });

  test('everything at once, each with its own words', () => {
    const broken = policy('default/p', {
      ingress: [{ from: [{}], ports: [{ port: 80, endPort: 70 }] }],
      egress: [{ to: [{ ipBlock: { cidr: '10.0.0.0/33' } }] }],
    });
    expect(validateNetworkPolicy(broken)).toEqual([
      {
        type: 'FieldValueRequired',
        field: 'spec.ingress[0].from[0]',
        reason: 'the entry is empty: you must specify a peer',
        expected: 'podSelector, namespaceSelector or ipBlock',
      },
      {
        type: 'FieldValueInvalid',
        field: 'spec.ingress[0].ports[0].endPort',
        reason: '70 is lower than port 80',
        expected: 'a number greater than or equal to 80, up to 65535',
      },
      {
        type: 'FieldValueInvalid',
        field: 'spec.egress[0].to[0].ipBlock.cidr',
        reason: '"10.0.0.0/33" has the prefix length 33',
        expected: 'a CIDR: a prefix length from 0 to 32',
      },
    ]);
  });
});

describe('CIDRs that are not strictly right', () => {
  const odd = ['10.0.0.1/8', '010.0.0.0/8', '10.0.0.0/08', '::ffff:10.0.0.0/104', 'fd00::1/64'];

  test.each(odd)('%s is taken unless validation is strict', (cidr) => {
    expect(found(block(cidr))).toEqual([]);
    expect(found(block(cidr), undefined, true)).toEqual([
      'spec.ingress[0].from[0].ipBlock.cidr Invalid',
    ]);
  });

  test('on update, those of the old object may stay', () => {
    const [first = '', second = ''] = odd;
    expect(found(block(first), block(first), true)).toEqual([]);
    expect(found(block(second), block(first), true)).toHaveLength(1);
  });
});

describe('updates', () => {
  test('the name is immutable, the spec is not', () => {
    expect(found(policy('default/b'), policy('default/a'))).toEqual(['metadata.name Invalid']);
    expect(found(port({ port: 80 }), port({ port: 81 }))).toEqual([]);
  });

  test('bad label values stay allowed where there were some', () => {
    const bad = selecting({ key: 'a', operator: 'In', values: ['b c'] });
    const worse = selecting({ key: 'a', operator: 'In', values: ['b c', 'd e'] });
    expect(found(worse, bad)).toEqual([]);
    expect(found(worse, policy('default/p'))).toHaveLength(2);
  });
});

test('any value at all gets an answer', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (spec, metadata) => {
      const object = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata, spec };
      for (const problem of validateNetworkPolicy(object, spec)) {
        expect(problem.reason).not.toBe('');
        expect(problem.expected).not.toBe('');
      }
    }),
  );
});
