import type { Flow, Service } from '@podpath/cluster';
import { parseIp } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { calico } from './calico.ts';
import { labels, networkPolicy } from './policies/test-policies.ts';
import { testCluster } from './testing/test-cluster.ts';

const WEB: Service = {
  namespace: 'prod',
  name: 'web',
  labels: {},
  type: 'NodePort',
  clusterIps: [parseIp('10.96.0.80')],
  clusterIpSource: 'input',
  headless: false,
  selector: { app: 'web' },
  ports: [{ name: '', protocol: 'TCP', port: 80, targetPort: 8080, nodePort: 30080 }],
  externalIps: [],
  loadBalancerIps: [],
  loadBalancerSourceRanges: [],
  externalTrafficPolicy: 'Cluster',
  internalTrafficPolicy: 'Cluster',
  publishNotReadyAddresses: false,
};

const cluster = {
  ...testCluster({
    nodes: { n1: ['172.18.0.2'], n2: ['172.18.0.3'] },
    pods: {
      client: { node: 'n1', labels: { app: 'client' } },
      stranger: { node: 'n1', labels: { app: 'stranger' } },
      web: {
        node: 'n2',
        labels: { app: 'web' },
        ports: [{ port: 8080, protocol: 'TCP' }],
      },
    },
    networkPolicies: [
      networkPolicy('web', {
        podSelector: labels({ app: 'web' }),
        ingress: [
          {
            peers: [{ podSelector: labels({ app: 'client' }) }],
            ports: [{ protocol: 'TCP', port: 8080 }],
          },
        ],
      }),
    ],
  }),
  services: new Map([['prod/web', WEB]]),
};
const path = calico.install(cluster, calico.configure(undefined));

const toService = (name: string): Flow => ({
  from: { kind: 'pod', namespace: 'prod', name },
  to: { kind: 'service', namespace: 'prod', name: 'web' },
  protocol: 'TCP',
  port: 80,
});

describe('a Service under policy', () => {
  it('is judged by the backend and its port, and keeps the source', () => {
    const trace = path.send(toService('client'));
    expect(trace.outcome).toBe('delivered');
    expect(trace.packet.replyOutcome).toBe('delivered');
    expect(trace.servedBy?.name).toBe('web');
    const arrived = trace.packet.request.at(-1)?.steps.find((step) => step.packet !== undefined);
    expect(arrived?.packet?.src).toBe(path.cluster.pods.get('prod/client')?.ips[0]);
    expect(path.send(toService('stranger')).outcome).toBe('dropped');
  });

  it('gives endpoints the addresses that the IPAM gave pods', () => {
    const nat = path
      .send(toService('client'))
      .packet.request.flatMap((hop) => hop.steps)
      .find((step) => step.kind === 'nat' && step.manipulation === 'destination');
    const backend = path.cluster.pods.get('prod/web')?.ips[0];
    expect(nat?.packet?.dst).toBe(backend);
  });

  it('loses its client through a NodePort, and with it the permission', () => {
    const trace = path.send({
      from: { kind: 'address', address: parseIp('203.0.113.9') },
      to: { kind: 'address', address: parseIp('172.18.0.2') },
      protocol: 'TCP',
      port: 30080,
    });
    expect(trace.outcome).toBe('dropped');
    expect(trace.reason).toContain('cali-tw-');
    const masqueraded = trace.packet.request
      .find((hop) => hop.namespace === 'node/n1')
      ?.steps.some((step) => step.kind === 'nat' && step.manipulation === 'source');
    expect(masqueraded).toBe(true);
  });
});
