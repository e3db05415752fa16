import { type Cluster, clusterFromObjects, type FlowEnd } from '@podpath/cluster';

/** Two nodes, two clients, a server on each node, a Service before one of them, and a policy that knows one client. */
export function labCluster(): Cluster {
  const node = (name: string) => ({ apiVersion: 'v1', kind: 'Node', metadata: { name } });
  const pod = (name: string, nodeName: string) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: 'app', name, labels: { app: name } },
    spec: {
      nodeName,
      containers: [
        { name: 'main', ports: [{ containerPort: 80 }, { containerPort: 53, protocol: 'UDP' }] },
      ],
    },
  });
  const admits = (name: string, client: string) => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { namespace: 'app', name },
    spec: {
      podSelector: { matchLabels: { app: name } },
      ingress: [
        { from: [{ podSelector: { matchLabels: { app: client } } }], ports: [{ port: 80 }] },
      ],
    },
  });
  return clusterFromObjects(
    [
      node('node-1'),
      node('node-2'),
      pod('known', 'node-1'),
      pod('stranger', 'node-1'),
      pod('near', 'node-1'),
      pod('far', 'node-2'),
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { namespace: 'app', name: 'near' },
        spec: { selector: { app: 'near' }, ports: [{ port: 8080, targetPort: 80 }] },
      },
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { namespace: 'app', name: 'far' },
        spec: { selector: { app: 'far' }, ports: [{ port: 8080, targetPort: 80 }] },
      },
      admits('near', 'known'),
      admits('far', 'known'),
    ],
    { families: [4] },
  );
}

export const pod = (name: string): FlowEnd => ({ kind: 'pod', namespace: 'app', name });

export const service = (name: string): FlowEnd => ({ kind: 'service', namespace: 'app', name });
