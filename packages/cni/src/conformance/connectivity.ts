import type { Flow, FlowEnd } from '@podpath/cluster';
import type { Hop } from '@podpath/linux';
import { formatIp, type Ip, parseIp } from '@podpath/net';
import type { DataPath, Trace } from '../plugin.ts';
import type { CaseDefinition } from './case.ts';
import { podEnd } from './cluster.ts';
import { answered, ended, equal, truthy } from './expect.ts';

const OUTSIDE = parseIp('203.0.113.10');

const tcp = (from: FlowEnd, to: FlowEnd, port = 80): Flow => ({ from, to, protocol: 'TCP', port });

/** The source address that the last namespace on the way saw. */
export function sourceSeen(trace: Trace): Ip | undefined {
  return lastPacket(trace.packet.request)?.src;
}

function lastPacket(hops: readonly Hop[]) {
  for (const hop of hops.toReversed()) {
    for (const step of hop.steps.toReversed()) if (step.packet !== undefined) return step.packet;
  }
  return undefined;
}

export function addressOf(dataPath: DataPath, namespace: string, name: string): Ip {
  const address = dataPath.cluster.pods.get(`${namespace}/${name}`)?.ips[0];
  if (address === undefined) throw new Error(`${namespace}/${name} has no address`);
  return address;
}

export const connectivity: readonly CaseDefinition[] = [
  {
    ability: 'connectivity',
    name: 'every pod has an address, and no two the same',
    run: ({ dataPath }) => {
      const seen = new Map<Ip, string>();
      for (const [key, pod] of dataPath().cluster.pods) {
        truthy(pod.ips.length > 0, `${key} has no address`);
        for (const address of pod.ips) {
          equal(seen.get(address), undefined, `owner of ${formatIp(address)} besides ${key}`);
          seen.set(address, key);
        }
      }
    },
  },
  ...(['TCP', 'UDP', 'SCTP', 'ICMP'] as const).flatMap((protocol): CaseDefinition[] => {
    const port = { TCP: 80, UDP: 53, SCTP: 132, ICMP: 0 }[protocol];
    return [
      {
        ability: 'connectivity',
        name: `${protocol}: pods on one node talk without NAT`,
        run: (subject) => unnated(subject.dataPath(), 'client-1', 'web-1', protocol, port),
      },
      {
        ability: 'connectivity',
        name: `${protocol}: pods on different nodes talk without NAT`,
        run: (subject) => unnated(subject.dataPath(), 'client-1', 'web-2', protocol, port),
      },
    ];
  }),
  {
    ability: 'connectivity',
    name: 'a pod reaches itself by its own address',
    run: ({ dataPath }) =>
      answered(dataPath().send(tcp(podEnd('app', 'web-1'), podEnd('app', 'web-1')))),
  },
  {
    ability: 'connectivity',
    name: 'a port that no container listens on refuses',
    run: ({ dataPath }) =>
      ended(dataPath().send(tcp(podEnd('app', 'client-1'), podEnd('app', 'web-2'), 81)), 'refused'),
  },
  {
    ability: 'connectivity',
    name: 'a node reaches the pods on it and on other nodes',
    run: ({ dataPath }) => {
      const path = dataPath();
      const node: FlowEnd = { kind: 'node', name: 'node-1' };
      answered(path.send(tcp(node, podEnd('app', 'web-1'))));
      answered(path.send(tcp(node, podEnd('app', 'web-2'))));
    },
  },
  {
    ability: 'connectivity',
    name: 'a pod reaches its own node and other nodes',
    run: ({ dataPath }) => {
      const path = dataPath();
      for (const name of ['node-1', 'node-2']) {
        answered(path.send(tcp(podEnd('app', 'client-1'), { kind: 'node', name }, 10250)));
      }
    },
  },
  {
    ability: 'connectivity',
    name: 'the world outside sees the node, not the pod',
    run: ({ dataPath }) => {
      const path = dataPath();
      const trace = path.send(
        tcp(podEnd('app', 'client-1'), { kind: 'address', address: OUTSIDE }, 443),
      );
      answered(trace);
      const [nodeAddress] = path.cluster.nodes.get('node-1')?.addresses ?? [];
      equal(sourceSeen(trace), nodeAddress, 'source seen outside');
    },
  },
  {
    ability: 'connectivity',
    name: 'an address in the pod network that no pod has is not delivered',
    run: ({ dataPath }) => {
      const path = dataPath();
      const taken = new Set([...path.cluster.pods.values()].flatMap((pod) => pod.ips));
      const first = addressOf(path, 'app', 'client-1');
      if (typeof first !== 'number') throw new Error('the suite cluster is IPv4');
      let free = first + 20;
      while (taken.has(free)) free++;
      const trace = path.send(tcp(podEnd('app', 'client-1'), { kind: 'address', address: free }));
      ended(trace, 'dropped', 'unreachable');
    },
  },
  {
    ability: 'connectivity',
    name: 'every command of a node prints, and two runs print the same',
    run: ({ dataPath }) => {
      const text = () =>
        JSON.stringify(dataPath().program('node-1'), (_, value) =>
          typeof value === 'bigint' ? `${value}n` : value,
        );
      const first = text();
      truthy(first.length > 2, 'node-1 is not programmed at all');
      equal(text(), first, 'program of node-1, second time');
    },
  },
  {
    ability: 'connectivity',
    name: 'pods on different nodes have the MTU that the overlay leaves',
    run: ({ dataPath }) => {
      const path = dataPath();
      const device = path
        .namespace(podEnd('app', 'client-1'))
        .devices()
        .find((each) => each.name === 'eth0');
      equal(device?.mtuBytes, path.overlay.podMtuBytes, 'MTU of eth0 in the pod');
    },
  },
];

function unnated(
  path: DataPath,
  from: string,
  to: string,
  protocol: Flow['protocol'],
  port: number,
): void {
  const trace = path.send({ from: podEnd('app', from), to: podEnd('app', to), protocol, port });
  answered(trace);
  equal(sourceSeen(trace), addressOf(path, 'app', from), `source that ${to} saw`);
  equal(trace.servedBy?.name, to, 'pod that took it');
}
