import { type Cluster, clusterFromObjects } from '@podpath/cluster';
import { type DataPath, namespaceOf, planUnderlay } from '@podpath/cni';
import { type CapturedFrame, createNetwork, type Hop, type Network } from '@podpath/linux';
import type { IpPacket, Ipv4Packet } from '@podpath/net';

/** Two nodes with a pod each, `default/a` on node1 and `default/b` on node2, and a Service in front of `b`. */
export function twoNodes(families: readonly (4 | 6)[] = [4]): Cluster {
  const dual = families.length > 1;
  const node = (number: number) => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: `node${number}` },
    spec: {
      podCIDRs: [`10.244.${number}.0/24`, ...(dual ? [`fd00:10:244:${number}::/64`] : [])],
    },
    status: {
      addresses: [
        { type: 'InternalIP', address: `192.0.2.1${number}` },
        ...(dual ? [{ type: 'InternalIP', address: `fd01::1${number}` }] : []),
      ],
    },
  });
  const pod = (name: string, nodeName: string) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: name } },
    spec: { nodeName, containers: [{ name: 'main', ports: [{ containerPort: 80 }] }] },
  });
  return clusterFromObjects(
    [
      node(1),
      node(2),
      pod('a', 'node1'),
      pod('b', 'node2'),
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'web' },
        spec: {
          selector: { app: 'b' },
          clusterIP: '10.96.0.10',
          ports: [{ port: 8080, targetPort: 80 }],
        },
      },
    ],
    { families },
  );
}

/** Everything that a data path would program, carried out at once, for tests that change it by hand. */
export function emulate(path: DataPath): Network {
  const network = createNetwork();
  const underlay = planUnderlay(path.cluster);
  network.addNamespace(namespaceOf.underlay);
  network.addNamespace(namespaceOf.outside);
  for (const program of underlay.base) network.apply(program);
  for (const node of path.cluster.nodes.values()) {
    const pods = [...path.cluster.pods.values()].filter((pod) => pod.node === node.name);
    const names = [namespaceOf.node(node.name), ...pods.map(namespaceOf.pod)];
    for (const namespace of names) {
      network.addNamespace(namespace);
      network.apply({ namespace, commands: [{ kind: 'link-set', dev: 'lo', up: true }] });
    }
    for (const program of path.program(node.name)) network.apply(program);
    for (const pod of pods) network.listen(namespaceOf.pod(pod), 'tcp', 80);
  }
  return network;
}

/** The last state of a packet on its way, as its destination got it. */
export function lastPacket(hops: readonly Hop[]): IpPacket {
  for (const hop of hops.toReversed()) {
    for (const step of hop.steps.toReversed()) if (step.packet !== undefined) return step.packet;
  }
  throw new Error('no packet was recorded');
}

/** IPv4 packets that a device sent out, in order. */
export const sentBy = (
  captures: readonly CapturedFrame[],
  namespace: string,
  device: string,
): readonly Ipv4Packet[] =>
  captures.flatMap((each) => {
    if (each.namespace !== namespace || each.device !== device) return [];
    const { payload } = each.frame;
    return each.direction === 'out' && payload.kind === 'ipv4' ? [payload] : [];
  });
