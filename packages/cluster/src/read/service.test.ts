import { parseIp, parsePrefix } from '@podpath/net';
import { describe, expect, test } from 'vitest';
import { clusterFromObjects } from '../cluster-from-objects.ts';
import { problemsOf, service } from '../test-objects.ts';

const read = (spec: object, status: object = {}) => {
  const object = { ...service('shop/web', { ...spec }), status };
  return clusterFromObjects([object]).services.get('shop/web');
};

const fieldsOf = (spec: object): string[] =>
  problemsOf(() => read(spec)).map(
    ({ field, type }) => `${field} ${type.replace('FieldValue', '')}`,
  );

describe('defaults', () => {
  test('of a Service that says little', () => {
    expect(read({ selector: { app: 'web' } })).toMatchObject({
      type: 'ClusterIP',
      headless: false,
      selector: { app: 'web' },
      ports: [{ name: '', protocol: 'TCP', port: 80, targetPort: 80 }],
      externalIps: [],
      loadBalancerIps: [],
      loadBalancerSourceRanges: [],
      externalTrafficPolicy: 'Cluster',
      internalTrafficPolicy: 'Cluster',
      publishNotReadyAddresses: false,
    });
    expect(read({ ports: [{ port: 80, targetPort: 0 }] })?.ports[0]?.targetPort).toBe(80);
  });

  test('a selector that is empty is none', () => {
    expect(read({ selector: {} })).not.toHaveProperty('selector');
    expect(read({})).not.toHaveProperty('selector');
  });

  test('affinity lasts three hours unless said otherwise', () => {
    expect(read({})).not.toHaveProperty('sessionAffinitySeconds');
    expect(read({ sessionAffinity: 'ClientIP' })?.sessionAffinitySeconds).toBe(10_800);
    const sessionAffinityConfig = { clientIP: { timeoutSeconds: 60 } };
    const short = { sessionAffinity: 'ClientIP', sessionAffinityConfig };
    expect(read(short)?.sessionAffinitySeconds).toBe(60);
  });
});

describe('types', () => {
  test('headless', () => {
    expect(read({ clusterIP: 'None', ports: [] })).toMatchObject({
      headless: true,
      clusterIps: [],
    });
    expect(read({ clusterIP: 'None', clusterIPs: ['None'] })).toMatchObject({ headless: true });
    expect(fieldsOf({ clusterIP: 'None', type: 'NodePort' })).toEqual(['spec.clusterIP Invalid']);
  });

  test('ExternalName has no cluster IP, whatever it says', () => {
    const spec = { type: 'ExternalName', externalName: 'db.example.com.', clusterIP: '10.96.3.4' };
    const ports = [{ port: 80, nodePort: 30000 }];
    expect(read({ ...spec, ports })).toMatchObject({
      externalName: 'db.example.com',
      clusterIps: [],
      headless: false,
      ports: [{ name: '', protocol: 'TCP', port: 80, targetPort: 80 }],
    });
    expect(fieldsOf({ type: 'ExternalName' })).toEqual(['spec.externalName Required']);
    expect(fieldsOf({ type: 'ExternalName', externalName: 'not a name' })).toEqual([
      'spec.externalName Invalid',
    ]);
  });

  test("a LoadBalancer's addresses come from its status, except those of real proxies", () => {
    const ingress = [
      { ip: '203.0.113.1' },
      { ip: '203.0.113.2', ipMode: 'Proxy' },
      { ip: '203.0.113.3', ipMode: 'VIP' },
      { hostname: 'lb.example.com' },
    ];
    const spec = { type: 'LoadBalancer', loadBalancerSourceRanges: [' 198.51.100.0/24'] };
    expect(read(spec, { loadBalancer: { ingress } })).toMatchObject({
      loadBalancerIps: [parseIp('203.0.113.1'), parseIp('203.0.113.3')],
      loadBalancerSourceRanges: [parsePrefix('198.51.100.0/24')],
    });
    expect(read({}, { loadBalancer: { ingress } })?.loadBalancerIps).toEqual([]);
  });
});

describe('what the API server refuses', () => {
  const twoPorts = (...ports: object[]) => ({ ports });
  const external = { type: 'NodePort' };
  test.each<[string, object, string[]]>([
    ['no ports', { ports: [] }, ['spec.ports Required']],
    ['a port out of range', { ports: [{ port: 70000 }] }, ['spec.ports[0].port Invalid']],
    ['a port without number', { ports: [{ name: 'a' }] }, ['spec.ports[0].port Required']],
    [
      'a bad protocol',
      { ports: [{ port: 1, protocol: 'ICMP' }] },
      ['spec.ports[0].protocol NotSupported'],
    ],
    [
      'a bad target name',
      { ports: [{ port: 1, targetPort: 'A' }] },
      ['spec.ports[0].targetPort Invalid', 'spec.ports[0].targetPort Invalid'],
    ],
    [
      'several ports without names',
      twoPorts({ port: 1 }, { port: 2 }),
      ['spec.ports[0].name Required', 'spec.ports[1].name Required'],
    ],
    [
      'a name twice',
      twoPorts({ port: 1, name: 'a' }, { port: 2, name: 'a' }),
      ['spec.ports[1].name Duplicate'],
    ],
    [
      'a port twice',
      twoPorts({ port: 1, name: 'a' }, { port: 1, name: 'b' }),
      ['spec.ports[1] Duplicate'],
    ],
    [
      'a node port on a ClusterIP',
      { ports: [{ port: 1, nodePort: 30000 }] },
      ['spec.ports[0].nodePort Forbidden'],
    ],
    [
      'a node port twice',
      {
        ...external,
        ports: [
          { port: 1, name: 'a', nodePort: 30000 },
          { port: 2, name: 'b', nodePort: 30000 },
        ],
      },
      ['spec.ports[1].nodePort Duplicate'],
    ],
    ['an unknown type', { type: 'Nodeport' }, ['spec.type NotSupported']],
    [
      'an external policy with nothing external',
      { externalTrafficPolicy: 'Local' },
      ['spec.externalTrafficPolicy Invalid'],
    ],
    [
      'an unknown policy',
      { internalTrafficPolicy: 'Node' },
      ['spec.internalTrafficPolicy NotSupported'],
    ],
    ['a loopback as external IP', { externalIPs: ['127.0.0.1'] }, ['spec.externalIPs[0] Invalid']],
    [
      'source ranges without balancer',
      { loadBalancerSourceRanges: ['10.0.0.0/8'] },
      ['spec.loadBalancerSourceRanges Forbidden'],
    ],
    [
      'affinity configuration without affinity',
      { sessionAffinityConfig: {} },
      ['spec.sessionAffinityConfig Forbidden'],
    ],
    [
      'affinity for longer than a day',
      {
        sessionAffinity: 'ClientIP',
        sessionAffinityConfig: { clientIP: { timeoutSeconds: 86_401 } },
      },
      ['spec.sessionAffinityConfig.clientIP.timeoutSeconds Invalid'],
    ],
    [
      'a health check port without health check',
      { healthCheckNodePort: 30000 },
      ['spec.healthCheckNodePort Invalid'],
    ],
    [
      'two addresses of a family',
      { clusterIPs: ['10.96.0.1', '10.96.0.2'] },
      ['spec.clusterIPs Invalid'],
    ],
    [
      'clusterIP and clusterIPs that differ',
      { clusterIP: '10.96.0.1', clusterIPs: ['10.96.0.2'] },
      ['spec.clusterIPs[0] Invalid'],
    ],
    ['an unknown family', { ipFamilies: ['ipv4'] }, ['spec.ipFamilies[0] NotSupported']],
  ])('%s', (_, spec, expected) => {
    expect(fieldsOf(spec)).toEqual(expected);
  });

  test('a name that DNS could not have, and one that does not begin with a letter', () => {
    for (const name of ['shop/we.b', 'shop/1web']) {
      const [problem] = problemsOf(() => clusterFromObjects([service(name, {})]));
      expect(problem).toMatchObject({ field: 'metadata.name', kind: 'Service', name });
    }
  });

  test('the same port for two protocols is fine', () => {
    const ports = ['TCP', 'UDP'].map((protocol) => ({
      port: 53,
      protocol,
      name: protocol.toLowerCase(),
    }));
    expect(read({ ports })?.ports).toHaveLength(2);
  });
});
