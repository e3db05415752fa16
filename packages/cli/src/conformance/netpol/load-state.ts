import { type Cluster, clusterFromObjects } from '@podpath/cluster';
import type { State } from './state.ts';

/** The cluster of a state, by way of the API objects that a user would have, so that it is read as every input is. */
export const loadState = ({ namespaces, nodes, pods, policies }: State): Cluster => {
  const cluster = clusterFromObjects([
    ...namespaces.map(({ name, labels }) => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels },
    })),
    ...nodes.map(({ name, labels, ips }) => ({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name, labels },
      status: { addresses: ips.map((address) => ({ type: 'InternalIP', address })) },
    })),
    ...pods.map(({ ns, name, labels, node, ips, ports, hostNetwork = false }) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { namespace: ns, name, labels },
      spec: {
        nodeName: node,
        hostNetwork,
        containers: [
          { name: 'main' },
          // A container may not repeat a port's name, a pod may.
          ...ports.map(({ port, ...rest }, index) => ({
            name: `port-${index}`,
            ports: [{ containerPort: port, ...rest }],
          })),
        ],
      },
      status: { phase: 'Running', podIP: ips[0], podIPs: ips.map((ip) => ({ ip })) },
    })),
    ...policies,
  ]);
  const [unread] = cluster.ignoredKinds.keys();
  if (unread !== undefined) throw new Error(`podpath does not read ${unread}`);
  return cluster;
};
