import type { Cluster, Flow, FlowEnd, Pod } from '@podpath/cluster';
import { familyOf, type Ip, type IpFamily } from '@podpath/net';
import { KUBELET_PORT, OUTSIDE_PORTS } from './cluster-plan.ts';
import type { FlowKind, LabFlow } from './lab-flow.ts';

/** A port that nothing in a cluster is likely to have open. */
const CLOSED_PORT = 9;

type Transport = Pick<Flow, 'protocol' | 'port'>;

/**
 * Every flow that a lab could try in a cluster: pods to pods, to Services, to nodes and to the outside; nodes to pods and
 * Services; the outside to node ports; over each family that both ends have. SCTP is left out: the lab has no sockets
 * of it.
 */
export function* flowCandidates(cluster: Cluster, outside: readonly Ip[]): Generator<LabFlow> {
  const pods = [...cluster.pods.values()].filter((pod) => !pod.hostNetwork && pod.ips.length > 0);
  const nodes = [...cluster.nodes.values()];
  for (const pod of pods) {
    const from = podEnd(pod);
    const of = (
      kind: FlowKind,
      to: FlowEnd,
      ips: readonly Ip[],
      transports: readonly Transport[],
    ) => flowsOf(kind, from, to, common(pod.ips, ips), transports);
    for (const other of pods) {
      if (other === pod) continue;
      yield* of('pod to pod', podEnd(other), other.ips, [...openPorts(other), ECHO]);
      yield* of('pod to closed port', podEnd(other), other.ips, closedPorts(other));
    }
    for (const [to, ips, ports] of servicesOf(cluster)) yield* of('pod to Service', to, ips, ports);
    for (const { name, addresses } of nodes) {
      yield* of('pod to node', { kind: 'node', name }, addresses, [KUBELET, ECHO]);
    }
    for (const address of outside) {
      yield* of('pod to outside', { kind: 'address', address }, [address], OUTSIDE_TRANSPORTS);
    }
  }
  for (const { name, addresses } of nodes) {
    const from: FlowEnd = { kind: 'node', name };
    for (const other of nodes) {
      if (other.name === name) continue;
      const to: FlowEnd = { kind: 'node', name: other.name };
      yield* flowsOf('node to node', from, to, common(addresses, other.addresses), [ECHO]);
    }
    for (const pod of pods) {
      const families = common(addresses, pod.ips);
      yield* flowsOf('node to pod', from, podEnd(pod), families, [...openPorts(pod), ECHO]);
    }
    for (const [to, ips, ports] of servicesOf(cluster)) {
      yield* flowsOf('node to Service', from, to, common(addresses, ips), ports);
    }
    for (const address of outside) {
      const client: FlowEnd = { kind: 'address', address };
      const families = common([address], addresses);
      yield* flowsOf('outside to node port', client, from, families, nodePorts(cluster));
    }
  }
}

const ECHO: Transport = { protocol: 'ICMP', port: 0 };
const KUBELET: Transport = { protocol: 'TCP', port: KUBELET_PORT };
const OUTSIDE_TRANSPORTS: readonly Transport[] = [
  { protocol: 'TCP', port: OUTSIDE_PORTS.tcp },
  { protocol: 'UDP', port: OUTSIDE_PORTS.udp },
  ECHO,
];

const podEnd = ({ namespace, name }: Pod): FlowEnd => ({ kind: 'pod', namespace, name });

const common = (a: readonly Ip[], b: readonly Ip[]): readonly IpFamily[] =>
  ([4, 6] as const).filter((family) =>
    [a, b].every((ips) => ips.some((ip) => familyOf(ip) === family)),
  );

const flowsOf = (
  kind: FlowKind,
  from: FlowEnd,
  to: FlowEnd,
  families: readonly IpFamily[],
  transports: readonly Transport[],
): readonly LabFlow[] =>
  families.flatMap((family) =>
    transports.map((transport) => ({ kind, flow: { from, to, ...transport, family } })),
  );

const openPorts = (pod: Pod): readonly Transport[] =>
  pod.ports.flatMap(({ protocol, port }) => (protocol === 'SCTP' ? [] : [{ protocol, port }]));

/** TCP is answered with a reset there, UDP with an ICMP error. */
const closedPorts = (pod: Pod): readonly Transport[] =>
  (['TCP', 'UDP'] as const)
    .filter((protocol) => !openPorts(pod).some((open) => isSame(open, protocol, CLOSED_PORT)))
    .map((protocol) => ({ protocol, port: CLOSED_PORT }));

const isSame = (open: Transport, protocol: Flow['protocol'], port: number): boolean =>
  open.protocol === protocol && open.port === port;

type Dialled = readonly [to: FlowEnd, ips: readonly Ip[], ports: readonly Transport[]];

const servicesOf = (cluster: Cluster): readonly Dialled[] =>
  [...cluster.services.values()]
    .filter(({ clusterIps }) => clusterIps.length > 0)
    .map(({ namespace, name, clusterIps, ports }) => [
      { kind: 'service', namespace, name },
      clusterIps,
      ports.flatMap(({ protocol, port }) => (protocol === 'SCTP' ? [] : [{ protocol, port }])),
    ]);

const nodePorts = (cluster: Cluster): readonly Transport[] =>
  [...cluster.services.values()]
    .flatMap(({ ports }) => ports)
    .flatMap(({ protocol, nodePort }) =>
      protocol === 'SCTP' || nodePort === undefined ? [] : [{ protocol, port: nodePort }],
    );
