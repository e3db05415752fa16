import { type Cluster, clusterFromObjects } from '@podpath/cluster';
import type { IpFamily } from '@podpath/net';

/**
 * Three nodes with three pods each: a web server, an API that policy keeps for web servers, and a client, one of which
 * may talk to web servers only. A Service before the web servers that nodes have a port for, one before the APIs, and one
 * before nobody.
 */
export function labCluster(families: readonly IpFamily[] = [4]): Cluster {
  const numbers = [1, 2, 3];
  return clusterFromObjects(
    [
      ...numbers.map((n) => ({ apiVersion: 'v1', kind: 'Node', metadata: { name: `node-${n}` } })),
      ...numbers.flatMap((n) => [pod('web', n), pod('api', n), pod('client', n)]),
      service('web', { type: 'NodePort' }, { nodePort: 30_080 }),
      service('api'),
      service('nobody'),
      policy('api', {
        podSelector: { matchLabels: { app: 'api' } },
        ingress: [{ from: [{ podSelector: { matchLabels: { app: 'web' } } }] }],
      }),
      policy('kept', {
        podSelector: { matchLabels: { number: '3', app: 'client' } },
        policyTypes: ['Egress'],
        egress: [{ to: [{ podSelector: { matchLabels: { app: 'web' } } }], ports: [{ port: 80 }] }],
      }),
    ],
    { families },
  );
}

const pod = (app: string, number: number) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    namespace: 'app',
    name: `${app}-${number}`,
    labels: { app, number: String(number) },
  },
  spec: {
    nodeName: `node-${number}`,
    containers: [
      { name: 'main', ports: [{ containerPort: 80 }, { containerPort: 53, protocol: 'UDP' }] },
    ],
  },
});

const service = (name: string, spec: object = {}, port: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { namespace: 'app', name },
  spec: {
    ...spec,
    selector: { app: name },
    ports: [
      { name: 'http', port: 8080, targetPort: 80, ...port },
      { name: 'dns', port: 53, protocol: 'UDP' },
    ],
  },
});

const policy = (name: string, spec: object) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { namespace: 'app', name },
  spec,
});
