import { formatIp } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { endpointSlicesOf } from './endpoint-slices.ts';
import { endpointsOf } from './endpoints.ts';
import {
  testCluster,
  testEndpoint,
  testPod,
  testPort,
  testService,
  testSlice,
} from './test-cluster.ts';

const WEB = { app: 'web' };
const texts = (...args: Parameters<typeof endpointsOf>) => endpointsOf(...args).map((e) => e.text);

describe('endpoints made from pods', () => {
  const web = testService('web', ['10.96.0.10'], [testPort(80, { targetPort: 8080 })], {
    selector: WEB,
  });

  it('are the pods that the selector selects, at the target port', () => {
    const cluster = testCluster({
      services: [web],
      pods: [
        testPod('web-1', ['10.244.1.2'], { labels: { ...WEB, tier: 'front' } }),
        testPod('db-1', ['10.244.1.3'], { labels: { app: 'db' } }),
        testPod('web-2', ['10.244.2.2'], { labels: WEB, node: 'node2' }),
        testPod('web-3', ['10.244.2.3'], { labels: WEB, namespace: 'other' }),
      ],
    });
    expect(texts(cluster, web)).toEqual(['10.244.1.2:8080', '10.244.2.2:8080']);
    expect(endpointsOf(cluster, web)[1]).toMatchObject({
      nodeName: 'node2',
      pod: 'default/web-2',
      portName: '',
      protocol: 'TCP',
      ready: true,
    });
  });

  it('leave out pods that have ended or have no address yet, and keep those that are not ready', () => {
    const cluster = testCluster({
      services: [web],
      pods: [
        testPod('done', ['10.244.1.2'], { labels: WEB, phase: 'Succeeded' }),
        testPod('starting', [], { labels: WEB, phase: 'Pending' }),
        testPod('unready', ['10.244.1.4'], { labels: WEB, ready: false }),
      ],
    });
    expect(endpointsOf(cluster, web).map((e) => [e.text, e.ready, e.serving])).toEqual([
      ['10.244.1.4:8080', false, false],
    ]);
  });

  it('count as ready whatever they are when the Service publishes them so', () => {
    const eager = { ...web, publishNotReadyAddresses: true };
    const cluster = testCluster({
      services: [eager],
      pods: [testPod('unready', ['10.244.1.4'], { labels: WEB, ready: false })],
    });
    expect(endpointsOf(cluster, eager).map((e) => [e.ready, e.serving])).toEqual([[true, false]]);
  });

  it('resolve a named target port on each pod by itself', () => {
    const named = testService('web', ['10.96.0.10'], [testPort(80, { targetPort: 'http' })], {
      selector: WEB,
    });
    const http = (port: number, protocol: 'TCP' | 'UDP' = 'TCP') => ({
      labels: WEB,
      ports: [{ name: 'http', port, protocol }],
    });
    const cluster = testCluster({
      services: [named],
      pods: [
        testPod('old', ['10.244.1.2'], http(8080)),
        testPod('new', ['10.244.1.3'], http(9090)),
        testPod('udp', ['10.244.1.4'], http(9090, 'UDP')),
        testPod('without', ['10.244.1.5'], { labels: WEB }),
      ],
    });
    expect(texts(cluster, named)).toEqual(['10.244.1.2:8080', '10.244.1.3:9090']);
    expect(endpointSlicesOf(cluster).map((slice) => slice.ports.map((p) => p.port))).toEqual([
      [8080],
      [9090],
      [],
    ]);
  });

  it('take the address of each family that the Service has', () => {
    const dual = testService('web', ['10.96.0.10', 'fd00:96::10'], [testPort(80)], {
      selector: WEB,
    });
    const pods = [testPod('web-1', ['10.244.1.2', 'fd00:244:1::2'], { labels: WEB })];
    const cluster = testCluster({ services: [dual], pods });
    expect(texts(cluster, dual)).toEqual(['10.244.1.2:80', '[fd00:244:1::2]:80']);
    const single = { ...dual, clusterIps: dual.clusterIps.slice(1) };
    expect(texts(testCluster({ services: [single], pods }), single)).toEqual([
      '[fd00:244:1::2]:80',
    ]);
  });

  it('of a headless Service carry the host name only where the pod names the Service', () => {
    const headless = testService('db', [], [], { selector: WEB, headless: true });
    const cluster = testCluster({
      services: [headless],
      pods: [
        testPod('db-0', ['10.244.1.2'], { labels: WEB, hostname: 'db-0', subdomain: 'db' }),
        testPod('db-1', ['10.244.1.3'], { labels: WEB, hostname: 'db-1', subdomain: 'other' }),
      ],
    });
    const endpoints = endpointSlicesOf(cluster).flatMap((slice) => slice.endpoints);
    expect(endpoints.map((e) => e.hostname)).toEqual(['db-0', undefined]);
  });

  it('do not exist for a Service without a selector, nor for an empty one', () => {
    const pods = [testPod('web-1', ['10.244.1.2'], { labels: WEB })];
    const byHand = testService('by-hand', ['10.96.0.11'], [testPort(80)]);
    const empty = testService('empty', ['10.96.0.12'], [testPort(80)], { selector: {} });
    const cluster = testCluster({ services: [byHand, empty], pods });
    expect(endpointSlicesOf(cluster)).toEqual([]);
  });
});

describe('endpoints from EndpointSlices', () => {
  const web = testService('web', ['10.96.0.10'], [testPort(80, { name: 'http' })], {
    selector: WEB,
  });
  const http = { name: 'http', protocol: 'TCP', port: 80 } as const;

  it('win over what the pods would give', () => {
    const cluster = testCluster({
      services: [web],
      slices: [testSlice('web', [http], [testEndpoint('192.0.2.7')])],
      pods: [testPod('web-1', ['10.244.1.2'], { labels: WEB })],
    });
    expect(texts(cluster, web)).toEqual(['192.0.2.7:80']);
  });

  it('count once however many slices list them, by their first address', () => {
    const both = { ...testEndpoint('10.0.0.1'), addresses: [1, 2] };
    const cluster = testCluster({
      services: [web],
      slices: [
        testSlice('web', [http], [both, testEndpoint('10.0.0.2')]),
        testSlice('web', [http], [testEndpoint('10.0.0.2'), testEndpoint('10.0.0.3')]),
      ],
    });
    expect(endpointsOf(cluster, web).map((e) => formatIp(e.address))).toEqual([
      '0.0.0.1',
      '10.0.0.2',
      '10.0.0.3',
    ]);
  });

  it('are ordered by the bytes of their text, not by number', () => {
    const slice = testSlice(
      'web',
      [http],
      ['10.1.1.2', '10.1.1.1', '10.1.1.11'].map((a) => testEndpoint(a)),
    );
    const cluster = testCluster({ services: [web], slices: [slice] });
    expect(texts(cluster, web)).toEqual(['10.1.1.11:80', '10.1.1.1:80', '10.1.1.2:80']);
  });

  it('skip ports without a number', () => {
    const slice = testSlice('web', [{ name: 'http', protocol: 'TCP' }], [testEndpoint('10.0.0.1')]);
    expect(texts(testCluster({ services: [web], slices: [slice] }), web)).toEqual([]);
  });
});
