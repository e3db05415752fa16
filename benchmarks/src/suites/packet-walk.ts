import type { Cluster, Flow, Pod } from '@podpath/cluster';
import type { NetworkPlugin, Trace } from '@podpath/cni';
import type { IpFamily } from '@podpath/net';
import { naiveAllows } from '../peers/naive-policy.ts';
import { expectWay } from '../peers/pod-to-pod.ts';
import { install, PLUGINS } from '../plugins.ts';
import { createRandom } from '../workloads/random.ts';
import { keepFlowsNew } from '../workloads/source-ports.ts';
import { buildCluster, type Workload } from '../workloads/workload.ts';
import type { Subject, Suite, SuiteWorkload, Timed } from './suite.ts';

const FLOWS = 64;
const PORT = 80;
/** The question and its answer. */
const PACKETS_OF_A_ROUND_TRIP = 2;

/** As many pods as a kubelet takes on by default. */
const TWO_NODES: Workload = { name: 'two nodes', nodes: 2, pods: 220, policies: 50, seed: 5 };

interface Way {
  readonly family: IpFamily;
  readonly nodes: 1 | 2;
  readonly packet: 'first' | 'established';
}

const WAYS: readonly Way[] = ([4, 6] as const).flatMap((family) =>
  ([1, 2] as const).flatMap((nodes) =>
    (['first', 'established'] as const).map((packet) => ({ family, nodes, packet })),
  ),
);

export const packetWalk: Suite = {
  name: 'packet-walk',
  title: 'Packet walk',
  about:
    'How many packets a second go the whole emulated way from pod to pod, questions and the answers to them alike: every device, ' +
    'route, neighbour, chain and tunnel on it, without a trace. A first packet opens a TCP connection and walks all the ' +
    'rules; a packet of an established connection carries data on one and takes what short cuts the plugin programmed. ' +
    'A real node forwards in the kernel, at speeds that these figures say nothing of.',
  quantity: 'rate',
  measure: 'packets a second',
  workloadTitle: 'Way',
  workloads: WAYS.map(onWay),
};

function onWay(way: Way): SuiteWorkload {
  const { nodes, pods, policies, seed } = TWO_NODES;
  const place = way.nodes === 1 ? 'one node' : 'two nodes';
  return {
    name: `${place}, ${way.packet}${way.family === 6 ? ', IPv6' : ''}`,
    description: `${FLOWS} TCP connections between pods on ${place}, of 110 each, which ${policies} policies let through; IPv${way.family}`,
    size: { nodes, pods, policies },
    seed,
    quick: way.family === 4 || way.nodes === 2,
    subjects: PLUGINS.map(
      (plugin): Subject => ({
        name: plugin.name,
        role: 'plugin',
        skip: plugin.features.families.includes(way.family)
          ? undefined
          : `${plugin.title} has no IPv${way.family}`,
        prepare: () => walk(plugin, way),
      }),
    ),
  };
}

function walk(plugin: NetworkPlugin, way: Way): Timed {
  const families = plugin.features.families.filter((family) => family === 4 || way.family === 6);
  const path = install(plugin, buildCluster({ ...TWO_NODES, families }));
  const pairs = pairsOn(path.cluster, way.nodes);
  const flows = pairs.map(
    ([from, to]): Flow => ({
      from: end(from),
      to: end(to),
      protocol: 'TCP',
      port: PORT,
      family: way.family,
    }),
  );
  const senders = flows.map((flow) => {
    if (way.packet === 'first') return (trace: boolean) => path.send(flow, { trace });
    const open = path.open(flow);
    // The connection is given, and its first data acknowledged.
    open.send();
    open.send();
    return (trace: boolean) => open.send({ trace });
  });
  const run = (): number =>
    senders.reduce((sum, send) => sum + (isAnswered(send(false)) ? 1 : 0), 0);
  const { rules, chains } = path.cost('node-0');
  return {
    kind: 'timed',
    operations: PACKETS_OF_A_ROUND_TRIP * senders.length,
    holds: { rules, chains },
    run,
    ...(way.packet === 'first' ? { rest: keepFlowsNew(path, run, senders.length) } : {}),
    check: () => {
      for (const [index, pair] of pairs.entries()) {
        const trace = senders[index]?.(true);
        if (trace !== undefined) expectWay(path, pair, way.packet, trace);
      }
      if (run() !== pairs.length) throw new Error('without a trace packets end otherwise');
      return pairs.length;
    },
  };
}

const isAnswered = ({ outcome, packet }: Trace): boolean =>
  outcome === 'delivered' && packet.replyOutcome === 'delivered';

const end = ({ namespace, name }: Pod): Flow['from'] => ({ kind: 'pod', namespace, name });

/** Pairs of pods on as many nodes that policy lets speak. */
function pairsOn(cluster: Cluster, nodes: Way['nodes']): readonly (readonly [Pod, Pod])[] {
  const random = createRandom(TWO_NODES.seed);
  const pods = [...cluster.pods.values()];
  const pairs: (readonly [Pod, Pod])[] = [];
  while (pairs.length < FLOWS) {
    const from = pods[random.below(pods.length)];
    const to = pods[random.below(pods.length)];
    if (from === undefined || to === undefined || from === to) continue;
    if ((from.node === to.node) !== (nodes === 1)) continue;
    if (naiveAllows(cluster, from, to, PORT)) pairs.push([from, to]);
  }
  return pairs;
}
