import { describe, expect, it } from 'vitest';
import {
  ADMIN_NETWORK_POLICY,
  BASELINE_ADMIN_NETWORK_POLICY,
  CALICO_NETWORK_POLICY,
  CLUSTER_NETWORK_POLICY,
  GLOBAL_NETWORK_POLICY,
  OTHER_CALICO_OBJECTS,
  TIER,
} from './test-policy-objects.ts';
import { validateObject } from './validate-object.ts';

/** `spec.a[0].b` with another value there; `undefined` takes it away. */
const changed = (object: object, path: string, value: unknown): unknown => {
  const keys = path.split(/[.[\]]+/).filter((key) => key !== '');
  const change = (part: unknown, [key, ...rest]: readonly string[]): unknown => {
    if (key === undefined) return value;
    if (Array.isArray(part)) {
      return part.map((item: unknown, index) =>
        String(index) === key ? change(item, rest) : item,
      );
    }
    const record: Record<string, unknown> = Object(part);
    return { ...record, [key]: change(record[key], rest) };
  };
  return change(object, keys);
};

/** What is found wrong: `type field`. */
const faults = (object: unknown): readonly string[] =>
  validateObject(object).map(({ type, field }) => `${type.replace('FieldValue', '')} ${field}`);

const ALL = [
  CLUSTER_NETWORK_POLICY,
  ADMIN_NETWORK_POLICY,
  BASELINE_ADMIN_NETWORK_POLICY,
  CALICO_NETWORK_POLICY,
  GLOBAL_NETWORK_POLICY,
  TIER,
  ...OTHER_CALICO_OBJECTS,
];

describe('objects about policy', () => {
  it('are right as they should be', () => {
    for (const object of ALL) expect(faults(object)).toEqual([]);
  });

  it('of kinds that are not read are said to be so', () => {
    expect(faults({ apiVersion: 'x/v1', kind: 'Y', metadata: { name: 'z' } })).toEqual([
      'NotSupported kind',
    ]);
  });
});

describe('cluster-scoped policies', () => {
  it.each([
    ['spec.tier', 'Other', 'NotSupported spec.tier'],
    ['spec.tier', undefined, 'Required spec.tier'],
    ['spec.priority', 1001, 'Invalid spec.priority'],
    ['spec.priority', undefined, 'Required spec.priority'],
    ['spec.subject', undefined, 'Required spec.subject'],
    ['spec.subject', { namespaces: {}, pods: { podSelector: {} } }, 'TooMany spec.subject'],
    ['spec.subject.pods.podSelector', undefined, 'Required spec.subject.pods.podSelector'],
    ['spec.ingress[0].action', 'Allow', 'NotSupported spec.ingress[0].action'],
    ['spec.ingress[0].name', 'x'.repeat(101), 'TooLong spec.ingress[0].name'],
    ['spec.ingress[0].from', undefined, 'Required spec.ingress[0].from'],
    ['spec.ingress[0].from', [], 'Invalid spec.ingress[0].from'],
    ['spec.ingress[0].from[0]', {}, 'Invalid spec.ingress[0].from[0]'],
    ['spec.ingress[0].protocols[0].tcp', {}, 'Invalid spec.ingress[0].protocols[0].tcp'],
    [
      'spec.ingress[0].protocols[0].tcp.destinationPort.number',
      0,
      'Invalid spec.ingress[0].protocols[0].tcp.destinationPort.number',
    ],
    [
      'spec.ingress[0].protocols[1].udp.destinationPort.range.end',
      1,
      'Invalid spec.ingress[0].protocols[1].udp.destinationPort.range',
    ],
    ['spec.egress[0].to', Array(26).fill({ namespaces: {} }), 'TooMany spec.egress[0].to'],
    [
      'spec.egress[0].to[1].networks[1]',
      '10.0.0.0/8',
      'Duplicate spec.egress[0].to[1].networks[1]',
    ],
    ['spec.egress[0].to[1].networks[1]', '10.0.0.1', 'Invalid spec.egress[0].to[1].networks[1]'],
    ['spec.egress[0].to[2].domainNames[0]', 'a.*.b', 'Invalid spec.egress[0].to[2].domainNames[0]'],
    ['spec.egress[0].protocols', [{ destinationNamedPort: 'web' }], 'Invalid spec.egress[0]'],
  ])('%s: %j', (path, value, fault) => {
    expect(faults(changed(CLUSTER_NETWORK_POLICY, path, value))).toEqual([fault]);
  });

  it('of v1alpha1 have their own actions, ports and names', () => {
    expect(faults(changed(ADMIN_NETWORK_POLICY, 'spec.egress[0].action', 'Accept'))).toEqual([
      'NotSupported spec.egress[0].action',
    ]);
    expect(
      faults(changed(ADMIN_NETWORK_POLICY, 'spec.egress[0].ports[0]', { portNumber: {} })),
    ).toEqual(['Required spec.egress[0].ports[0].portNumber.port']);
    expect(faults(changed(BASELINE_ADMIN_NETWORK_POLICY, 'metadata.name', 'other'))).toEqual([
      'Invalid ',
    ]);
    expect(
      faults(changed(BASELINE_ADMIN_NETWORK_POLICY, 'spec.ingress[0].action', 'Pass')),
    ).toEqual(['NotSupported spec.ingress[0].action']);
  });
});

describe('policies of Calico', () => {
  it.each([
    ['metadata.name', 'a.b.c', 'Invalid metadata.name'],
    ['spec.order', '1', 'Invalid spec.order'],
    ['spec.tier', 'a.b', 'Invalid spec.tier'],
    ['spec.selector', 'app ==', 'Invalid spec.selector'],
    ['spec.selector', 'global()', 'Invalid spec.selector'],
    ['spec.selector', `has(${'x'.repeat(1020)})`, 'TooLong spec.selector'],
    ['spec.types', ['Ingress', 'Ingress'], 'Duplicate spec.types[1]'],
    ['spec.types[0]', 'ingress', 'NotSupported spec.types[0]'],
    ['spec.ingress[0].action', 'allow', 'NotSupported spec.ingress[0].action'],
    ['spec.ingress[0].protocol', 'tcp', 'Invalid spec.ingress[0].protocol'],
    ['spec.ingress[0].source.nets[0]', '10.0.0.1/8', 'Invalid spec.ingress[0].source.nets[0]'],
    ['spec.ingress[0].source.notNets[0]', '0.0.0.0/0', 'Invalid spec.ingress[0].source.notNets'],
    ['spec.ingress[0].source.notNets[0]', 'fd00::/8', 'Invalid spec.ingress[0].source.notNets'],
    ['spec.ingress[0].ipVersion', 5, 'NotSupported spec.ingress[0].ipVersion'],
    [
      'spec.ingress[0].source.namespaceSelector',
      'global() || has(a)',
      'Invalid spec.ingress[0].source.namespaceSelector',
    ],
    ['spec.ingress[0].source.selector', 'global()', 'Invalid spec.ingress[0].source.selector'],
    ['spec.ingress[0].destination.ports[0]', '9:8', 'Invalid spec.ingress[0].destination.ports[0]'],
    ['spec.ingress[0].destination.ports[0]', 0, 'Invalid spec.ingress[0].destination.ports[0]'],
    ['spec.ingress[1].icmp', { code: 1 }, 'Invalid spec.ingress[1].icmp'],
    ['spec.ingress[1].icmp.type', 255, 'Invalid spec.ingress[1].icmp.type'],
    ['spec.ingress[1].protocol', 'UDP', 'Invalid spec.ingress[1].icmp'],
    ['spec.ingress[1].ipVersion', 6, 'Invalid spec.ingress[1].ipVersion'],
    ['spec.ingress[2].source.services.name', '', 'Required spec.ingress[2].source.services.name'],
    ['spec.ingress[2].source.selector', 'all()', 'Forbidden spec.ingress[2].source.services'],
    [
      'spec.ingress[2].destination',
      { services: { name: 'a' } },
      'Forbidden spec.ingress[2].destination.services',
    ],
    ['spec.egress[0].http', {}, 'Forbidden spec.egress[0].http'],
    ['spec.egress[0].source', { ports: ['http'] }, undefined],
    ['spec.egress[0].source', { ports: [80] }, 'Invalid spec.egress[0].source.ports'],
  ])('%s: %j', (path, value, fault) => {
    const found = faults(changed(CALICO_NETWORK_POLICY, path, value));
    expect(found.slice(0, 1)).toEqual(fault === undefined ? [] : [fault]);
  });

  it.each([
    ['spec.preDNAT', true, ['Forbidden spec.egress']],
    ['spec.applyOnForward', false, []],
    [
      'spec.ingress[2].source.services.namespace',
      undefined,
      ['Required spec.ingress[2].source.services.namespace'],
    ],
    ['spec.namespaceSelector', 'global()', ['Invalid spec.namespaceSelector']],
  ])('of the whole cluster: %s: %j', (path, value, expected) => {
    expect(faults(changed(GLOBAL_NETWORK_POLICY, path, value))).toEqual(expected);
  });

  it('that come early have to apply on forward', () => {
    const spec = { doNotTrack: true, preDNAT: true, types: ['Egress'] };
    expect(faults(changed(GLOBAL_NETWORK_POLICY, 'spec', spec))).toEqual([
      'Forbidden spec.preDNAT',
      'Forbidden spec.types',
      'Invalid spec.applyOnForward',
    ]);
  });

  it('say where a selector cannot be read', () => {
    const [problem] = validateObject(changed(GLOBAL_NETWORK_POLICY, 'spec.selector', "app = 'x'"));
    expect(problem).toEqual({
      type: 'FieldValueInvalid',
      field: 'spec.selector',
      reason: 'the selector cannot be read: at character 5 there is "= \'x\'"',
      expected: 'an operator after the label',
    });
  });

  it('to be deleted have nothing else, and staged ones are checked as the enforced', () => {
    const staged = (spec: object) => ({
      apiVersion: 'projectcalico.org/v3',
      kind: 'StagedGlobalNetworkPolicy',
      metadata: { name: 'x' },
      spec,
    });
    expect(faults(staged({ stagedAction: 'Delete', tier: 'a', ingress: [] }))).toEqual([]);
    expect(faults(staged({ stagedAction: 'Delete', selector: 'all()' }))).toEqual([
      'Invalid spec.selector',
    ]);
    expect(faults(staged({ stagedAction: 'Later' }))).toEqual(['NotSupported spec.stagedAction']);
    expect(faults(staged({ preDNAT: true }))).toEqual(['Invalid spec.applyOnForward']);
  });
});

describe('other objects of Calico', () => {
  const named = (kind: string, spec: object, labels = {}) => ({
    apiVersion: 'projectcalico.org/v3',
    kind,
    metadata: { name: kind === 'Tier' ? 'default' : 'x', labels },
    spec,
  });
  it.each([
    [named('Tier', { order: 1 }), ['Invalid spec.order']],
    [named('Tier', { order: 1_000_000, defaultAction: 'Pass' }), ['Invalid spec.defaultAction']],
    [named('GlobalNetworkSet', { nets: ['10.0.0.1/8', '10.0.0.1/8'] }), ['Duplicate spec.nets[1]']],
    [
      named('GlobalNetworkSet', {}, { 'projectcalico.org/namespace': 'x' }),
      ['Invalid metadata.labels'],
    ],
    [named('HostEndpoint', {}), ['Invalid spec', 'Invalid spec']],
    [named('HostEndpoint', { node: 'a', interfaceName: 'a b' }), ['Invalid spec.interfaceName']],
    [
      named('HostEndpoint', { node: 'a', interfaceName: '*', ports: [{ name: 'a', port: 1 }] }),
      ['Required spec.ports[0].protocol'],
    ],
    [named('Profile', { ingress: [{}] }), ['Required spec.ingress[0].action']],
  ])('%j', (object, expected) => {
    expect(faults(object)).toEqual(expected);
  });
});
