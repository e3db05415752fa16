import type { EndpointSlice } from '@podpath/cluster';
import { parseIp } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { testCluster } from '../testing/test-cluster.ts';
import { readdressCluster } from './readdress-cluster.ts';

const ip = parseIp;
const slice = (...endpoints: readonly { pod?: string; address: string }[]): EndpointSlice => ({
  namespace: 'prod',
  name: 'web-1',
  service: 'web',
  family: 4,
  ports: [],
  endpoints: endpoints.map(({ pod, address }) => ({
    addresses: [ip(address)],
    ready: true,
    serving: true,
    terminating: false,
    ...(pod === undefined ? {} : { pod }),
  })),
});

const cluster = {
  ...testCluster({
    nodes: { n1: ['172.18.0.2'] },
    pods: { a: { node: 'n1', ips: ['10.244.0.5'] }, b: { node: 'n1', ips: ['10.244.0.6'] } },
  }),
  endpointSlices: [
    slice(
      { pod: 'prod/a', address: '10.244.0.5' },
      { pod: 'prod/b', address: '10.244.0.6' },
      { address: '192.0.2.1' },
    ),
  ],
};

describe('readdressCluster', () => {
  it('moves pods and the endpoints that stand for them', () => {
    const moved = readdressCluster(cluster, new Map([['prod/a', [ip('10.9.0.1')]]]));
    expect(moved.pods.get('prod/a')?.ips).toEqual([ip('10.9.0.1')]);
    expect(moved.pods.get('prod/b')).toBe(cluster.pods.get('prod/b'));
    expect(moved.endpointSlices[0]?.endpoints.map((endpoint) => endpoint.addresses)).toEqual([
      [ip('10.9.0.1')],
      [ip('10.244.0.6')],
      [ip('192.0.2.1')],
    ]);
  });

  it('takes away the endpoints of a pod without an address', () => {
    const moved = readdressCluster(cluster, new Map([['prod/a', []]]));
    expect(moved.endpointSlices[0]?.endpoints).toHaveLength(2);
  });

  it('leaves an endpoint alone that was never the address of its pod', () => {
    const odd = { ...cluster, endpointSlices: [slice({ pod: 'prod/a', address: '192.0.2.9' })] };
    const moved = readdressCluster(odd, new Map([['prod/a', [ip('10.9.0.1')]]]));
    expect(moved.endpointSlices[0]?.endpoints[0]?.addresses).toEqual([ip('192.0.2.9')]);
  });
});
