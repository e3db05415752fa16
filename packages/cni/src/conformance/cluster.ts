import { type Cluster, clusterFromObjects, type FlowEnd } from '@podpath/cluster';

const NODES = ['node-1', 'node-2', 'node-3'] as const;

/**
 * The suite's cluster: three nodes; in namespace `app` a client on each node and `web` on the first two,
 * behind a Service; in namespace `closed` a pod that only `app/client-1` may reach, on TCP 80.
 */
export function suiteCluster(families: readonly (4 | 6)[]): Cluster {
  const pod = (namespace: string, name: string, node: string, labels: Record<string, string>) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name, labels },
    spec: {
      nodeName: node,
      containers: [
        {
          name: 'main',
          ports: [
            { name: 'http', containerPort: 80, protocol: 'TCP' },
            { containerPort: 53, protocol: 'UDP' },
            { containerPort: 132, protocol: 'SCTP' },
          ],
        },
      ],
    },
  });
  return clusterFromObjects(
    [
      ...NODES.map((name) => ({ apiVersion: 'v1', kind: 'Node', metadata: { name } })),
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'app', labels: { team: 'shop' } } },
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'closed' } },
      pod('app', 'client-1', 'node-1', { app: 'client', which: 'first' }),
      pod('app', 'client-2', 'node-2', { app: 'client' }),
      pod('app', 'client-3', 'node-3', { app: 'client' }),
      pod('app', 'web-1', 'node-1', { app: 'web' }),
      pod('app', 'web-2', 'node-2', { app: 'web' }),
      pod('closed', 'vault', 'node-2', { app: 'vault' }),
      pod('closed', 'mute', 'node-1', { app: 'mute' }),
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { namespace: 'app', name: 'web' },
        spec: {
          selector: { app: 'web' },
          ports: [{ port: 8080, targetPort: 80 }],
          ...(families.length > 1 ? { ipFamilyPolicy: 'PreferDualStack' } : {}),
        },
      },
      {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'NetworkPolicy',
        metadata: { namespace: 'closed', name: 'vault' },
        spec: {
          podSelector: { matchLabels: { app: 'vault' } },
          policyTypes: ['Ingress'],
          ingress: [
            {
              from: [
                {
                  namespaceSelector: { matchLabels: { team: 'shop' } },
                  podSelector: { matchLabels: { which: 'first' } },
                },
              ],
              ports: [{ port: 80 }],
            },
          ],
        },
      },
      {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'NetworkPolicy',
        metadata: { namespace: 'closed', name: 'mute' },
        spec: { podSelector: { matchLabels: { app: 'mute' } }, policyTypes: ['Egress'] },
      },
    ],
    { families },
  );
}

/** Nodes and pods by the thousand, to see that nothing is built before it is needed. */
export function largeCluster(nodes: number, podsPerNode: number): Cluster {
  const objects: unknown[] = [];
  for (let n = 0; n < nodes; n++) {
    objects.push({ apiVersion: 'v1', kind: 'Node', metadata: { name: `node-${n}` } });
    for (let p = 0; p < podsPerNode; p++) {
      objects.push({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { namespace: 'app', name: `pod-${n}-${p}`, labels: { app: `app-${p}` } },
        spec: {
          nodeName: `node-${n}`,
          containers: [{ name: 'main', ports: [{ containerPort: 80 }] }],
        },
      });
    }
  }
  return clusterFromObjects(objects, { families: [4] });
}

export const podEnd = (namespace: string, name: string): FlowEnd & { kind: 'pod' } => ({
  kind: 'pod',
  namespace,
  name,
});
