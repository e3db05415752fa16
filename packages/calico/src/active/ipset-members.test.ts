import { parseCalicoSelector } from '@podpath/cluster';
import { parseIp } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import type { IpsetContent } from '../policies/scan-rules.ts';
import { testCluster } from '../testing/test-cluster.ts';
import { EndpointIndex } from './endpoint-index.ts';
import { IpsetMembers } from './ipset-members.ts';

const ports = [
  { name: 'http', port: 8080, protocol: 'TCP' },
  { name: 'http', port: 8443, protocol: 'TCP' },
  { name: 'http', port: 8080, protocol: 'UDP' },
] as const;
const cluster = testCluster({
  nodes: { n1: ['172.18.0.2'] },
  pods: {
    a: { node: 'n1', ips: ['10.244.0.1', 'fd00::1'], labels: { app: 'web' }, ports },
    b: { node: 'n1', ips: ['10.244.0.2'], labels: { app: 'web' } },
    twin: { node: 'n1', ips: ['10.244.0.2'], labels: { app: 'web' } },
  },
});
const members = new IpsetMembers(new EndpointIndex(cluster), cluster);
const selector = parseCalicoSelector("app == 'web'");
const web: IpsetContent = { kind: 'selector', id: 's:web', selector };
const http: IpsetContent = {
  ...web,
  kind: 'named-port',
  id: 'n:http',
  protocol: 'tcp',
  port: 'http',
};

describe('IpsetMembers', () => {
  it('holds the addresses of what a selector matches, once each', () => {
    expect(members.of(web, 4)).toEqual([
      { kind: 'net', prefix: { address: parseIp('10.244.0.1'), length: 32 } },
      { kind: 'net', prefix: { address: parseIp('10.244.0.2'), length: 32 } },
    ]);
    expect(members.of(web, 6)).toEqual([
      { kind: 'net', prefix: { address: parseIp('fd00::1'), length: 128 } },
    ]);
  });

  it('holds every port of a name and protocol', () => {
    expect(members.of(http, 4)).toEqual(
      [8080, 8443].map((port) => ({
        kind: 'ip,port',
        address: parseIp('10.244.0.1'),
        protocol: 'tcp',
        port,
      })),
    );
  });

  it('fills a set once for all nodes', () => {
    expect(members.of(web, 4)).toBe(members.of(web, 4));
  });
});
