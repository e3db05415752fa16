import { parseIp } from '@podpath/net';
import { describe, expect, test } from 'vitest';
import { clusterFromObjects } from '../cluster-from-objects.ts';
import { object, problemsOf } from '../test-objects.ts';

const slice = (rest: object, service = 'web') =>
  object('discovery.k8s.io/v1', 'EndpointSlice', 'shop/web-x', {
    metadata: { labels: { 'kubernetes.io/service-name': service } },
    addressType: 'IPv4',
    ...rest,
  });

const endpoints = (...subsets: object[]) => object('v1', 'Endpoints', 'shop/web', { subsets });

const read = (...objects: unknown[]) => clusterFromObjects(objects).endpointSlices;

describe('EndpointSlice', () => {
  test('conditions default as kube-proxy takes them', () => {
    const conditions = [
      {},
      { ready: false },
      { ready: false, serving: true, terminating: true },
      { ready: null },
    ];
    const [found] = read(
      slice({ endpoints: conditions.map((one) => ({ addresses: ['10.0.0.1'], conditions: one })) }),
    );
    expect(
      found?.endpoints.map(({ ready, serving, terminating }) => [ready, serving, terminating]),
    ).toEqual([
      [true, true, false],
      [false, false, false],
      [false, true, true],
      [true, true, false],
    ]);
  });

  test('pods, nodes, host names, zones and ports', () => {
    const endpoint = {
      addresses: ['10.0.0.1', '10.0.0.2'],
      nodeName: 'n',
      hostname: 'h',
      targetRef: { kind: 'Pod', name: 'p' },
      hints: { forZones: [{ name: 'a' }] },
    };
    const ports = [{ name: 'http', port: 8080 }, { protocol: 'UDP' }];
    expect(read(slice({ endpoints: [endpoint], ports }))).toMatchObject([
      {
        namespace: 'shop',
        service: 'web',
        family: 4,
        ports: [
          { name: 'http', protocol: 'TCP', port: 8080 },
          { name: '', protocol: 'UDP' },
        ],
        endpoints: [
          {
            addresses: [parseIp('10.0.0.1'), parseIp('10.0.0.2')],
            nodeName: 'n',
            hostname: 'h',
            pod: 'shop/p',
            zones: ['a'],
          },
        ],
      },
    ]);
  });

  test('slices of host names, or of no Service, are left out', () => {
    expect(read(slice({ addressType: 'FQDN' }))).toEqual([]);
    expect(read({ ...slice({}), metadata: { name: 'x' } })).toEqual([]);
  });

  test.each<[object, string]>([
    [{ addressType: null }, 'addressType'],
    [{ addressType: 'ipv4' }, 'addressType'],
    [{ endpoints: [{}] }, 'endpoints[0].addresses'],
    [{ endpoints: [{ addresses: ['fd00::1'] }] }, 'endpoints[0].addresses[0]'],
    [{ endpoints: [{ addresses: ['x'] }] }, 'endpoints[0].addresses[0]'],
    [{ ports: [{ port: 0 }] }, 'ports[0].port'],
  ])('%j is refused at %s', (rest, field) => {
    expect(problemsOf(() => read(slice(rest))).map((problem) => problem.field)).toEqual([field]);
  });
});

describe('Endpoints', () => {
  const subset = {
    addresses: [
      { ip: '10.0.0.1', targetRef: { kind: 'Pod', name: 'p', namespace: 'shop' } },
      { ip: 'fd00::1' },
    ],
    notReadyAddresses: [{ ip: '10.0.0.2', nodeName: 'n' }],
    ports: [{ port: 80 }],
  };

  test('become a slice of each family', () => {
    expect(read(endpoints(subset))).toMatchObject([
      {
        service: 'web',
        family: 4,
        endpoints: [
          { ready: true, pod: 'shop/p' },
          { ready: false, nodeName: 'n' },
        ],
      },
      { service: 'web', family: 6, endpoints: [{ ready: true }] },
    ]);
  });

  test('count only for Services without slices', () => {
    expect(read(endpoints(subset), slice({}))).toHaveLength(1);
    expect(read(endpoints(subset), slice({}, 'other'))).toHaveLength(3);
  });
});
