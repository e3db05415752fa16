import type { Cluster, Pod } from '@podpath/cluster';
import { ignoredPolicyNotes } from '@podpath/cni';
import { formatPrefix, prefixContains } from '@podpath/net';
import type { AddressPlan } from './address-plan.ts';
import { MAX_SET_SIZE } from './npc/ip-sets.ts';
import type { NpcPlan } from './npc/npc-plan.ts';
import type { WeaveOptions } from './options.ts';
import type { Peers } from './overlay/peers.ts';
import { SHORT_ID_COUNT } from './overlay/short-ids.ts';

/** Weave's default limit of a peer's connections. */
const CONNECTION_LIMIT = 200;

/** What Weave changed or would not honour, in sentences for the user. */
export const notesOf = (
  cluster: Cluster,
  options: WeaveOptions,
  plan: AddressPlan,
  peers: Peers,
  npc: NpcPlan,
): string[] => [
  'Peers are named after their nodes, because manifests do not have the machine IDs from which Weave makes the names: who owns which part of the range follows from that.',
  ...addressNotes(cluster, options, plan),
  ...meshNotes(cluster, options, peers),
  ...npc.refused.map(
    ({ policy, error }) => `weave-npc gives up on NetworkPolicy ${policy}: ${error.message}.`,
  ),
  ...ignoredPolicyNotes('weave-npc', cluster),
  ...npc.crowded.map(
    (namespace) =>
      `Namespace ${namespace} has more pods than one of weave-npc's sets takes (${MAX_SET_SIZE}): the pods beyond are isolated.`,
  ),
  ...hostPortNotes(cluster),
];

const addressNotes = (cluster: Cluster, options: WeaveOptions, plan: AddressPlan): string[] => {
  const range = formatPrefix(plan.range);
  const notes: string[] = [];
  if (plan.outside.length > 0) {
    notes.push(
      `The range is ${range} instead of ${formatPrefix(options.range)}, because pods keep the addresses that the input gives them: ${example(plan.outside)}.`,
    );
  }
  const clashing = [...cluster.nodes.values()].filter(({ addresses }) =>
    addresses.some((address) => prefixContains(plan.range, address)),
  );
  if (clashing.length > 0) {
    notes.push(
      `The range ${range} has addresses of nodes in it, ${clashing[0]?.name ?? ''} for one: Weave would refuse to start there.`,
    );
  }
  if (plan.waiting.length > 0) {
    notes.push(
      `The range ${range} is used up, and pods wait for an address: ${example(plan.waiting)}.`,
    );
  }
  const dualStack = [...cluster.pods.values()].filter(
    (pod) => !pod.hostNetwork && pod.ips.some((ip) => typeof ip === 'bigint'),
  );
  if (dualStack.length > 0) {
    notes.push(`Weave is IPv4 only, so pods have no IPv6 addresses: ${example(dualStack)}.`);
  }
  return notes;
};

const meshNotes = (cluster: Cluster, options: WeaveOptions, peers: Peers): string[] => {
  const notes: string[] = [];
  if (options.connections === undefined && cluster.nodes.size > CONNECTION_LIMIT + 1) {
    notes.push(
      `Every peer is connected to every other here; Weave would stop at ${CONNECTION_LIMIT} connections a peer (CONN_LIMIT) and relay the rest.`,
    );
  }
  if (peers.sleeveOnly.length > 0) {
    notes.push(
      `Only ${SHORT_ID_COUNT} peers can have a short ID; the others are reached by the sleeve overlay, packet by packet through user space: ${peers.sleeveOnly.length} in all, ${peers.sleeveOnly[0]} for one.`,
    );
  }
  if (peers.unreachable.length > 0) {
    notes.push(
      `The overlay needs IPv4 between nodes, and does not reach those without an address: ${peers.unreachable.length} in all, ${peers.unreachable[0]} for one.`,
    );
  }
  return notes;
};

const hostPortNotes = (cluster: Cluster): string[] => {
  for (const pod of cluster.pods.values()) {
    if (pod.hostNetwork || pod.ports.every(({ hostPort }) => hostPort === undefined)) continue;
    return [
      `Host ports are not emulated: no node answers for ${pod.namespace}/${pod.name}’s, nor for any other.`,
    ];
  }
  return [];
};

const example = (pods: readonly Pod[]): string => {
  const [first] = pods;
  const name = first === undefined ? 'none' : `${first.namespace}/${first.name}`;
  return pods.length === 1 ? name : `${pods.length} in all, ${name} for one`;
};
