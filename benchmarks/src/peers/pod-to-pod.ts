import type { Pod } from '@podpath/cluster';
import { type DataPath, namespaceOf, type Trace } from '@podpath/cni';
import type { Hop, Step } from '@podpath/linux';
import { familyOf, type IpFamily, type IpPacket } from '@podpath/net';

const FIRST_HOP_LIMIT = 64;

/** Routers that a packet passes: what the architecture of each plugin makes of a node. */
const ROUTERS: Readonly<Record<string, { readonly oneNode: number; readonly twoNodes: number }>> = {
  // A pod's only neighbour is its node, which routes.
  calico: { oneNode: 1, twoNodes: 2 },
  // A bridge for the pods of a node, and a route to every other node.
  flannel: { oneNode: 0, twoNodes: 2 },
  // One Ethernet segment over all nodes.
  weave: { oneNode: 0, twoNodes: 0 },
};

/**
 * The oracle of walks between pods that policy lets through: what must be so by the plugin's architecture, whatever is
 * programmed. Throws when it is not.
 */
export function expectWay(
  path: DataPath,
  [from, to]: readonly [Pod, Pod],
  packet: 'first' | 'established',
  { outcome, reason, packet: { request, reply, replyOutcome } }: Trace,
): void {
  const expect = (what: string, got: unknown, wanted: unknown): void => {
    if (JSON.stringify(got, asText) === JSON.stringify(wanted, asText)) return;
    throw new Error(
      `${path.plugin}, ${packet} packet from ${from.name} to ${to.name}: ${what}: expected ${JSON.stringify(wanted, asText)}, got ${JSON.stringify(got, asText)}`,
    );
  };
  expect(reason, [outcome, replyOutcome], ['delivered', 'delivered']);
  const nodes = [...new Set([from.node, to.node])].map(namespaceOf.node);
  const between = nodes.length === 1 ? nodes : [nodes[0], namespaceOf.underlay, nodes[1]];
  const way = [namespaceOf.pod(from), ...between, namespaceOf.pod(to)];
  expect('the way', namesOf(request), way);
  expect('the way back', namesOf(reply ?? []), way.toReversed());
  const overlay = nodes.length === 2 && path.overlay.encapsulationBytes > 0;
  expect('encapsulations', stepsOf(request, 'encapsulate').length, overlay ? 1 : 0);
  // The first that conntrack says: the tunnel's datagrams have connections of their own.
  const state = stepsOf(request, 'conntrack')[0]?.state;
  expect('the connection', state, packet === 'first' ? 'NEW' : 'ESTABLISHED');
  const last = lastPacket(request);
  const routers = ROUTERS[path.plugin]?.[nodes.length === 1 ? 'oneNode' : 'twoNodes'];
  const family = last === undefined ? 4 : familyOf(last.dst);
  expect(
    'addresses and hop limit on arrival',
    last && [last.src, last.dst, last.kind === 'ipv4' ? last.ttl : last.hopLimit],
    [addressOf(from, family), addressOf(to, family), FIRST_HOP_LIMIT - (routers ?? 0)],
  );
}

const asText = (_: string, value: unknown): unknown =>
  typeof value === 'bigint' ? value.toString(16) : value;

const namesOf = (hops: readonly Hop[]): readonly string[] => hops.map((hop) => hop.namespace);

const stepsOf = <K extends Step['kind']>(hops: readonly Hop[], kind: K) =>
  hops.flatMap((hop) =>
    hop.steps.filter((step): step is Extract<Step, { kind: K }> => step.kind === kind),
  );

const lastPacket = (hops: readonly Hop[]): IpPacket | undefined =>
  hops.at(-1)?.steps.findLast((step) => step.packet !== undefined)?.packet;

const addressOf = (pod: Pod, family: IpFamily) => pod.ips.find((ip) => familyOf(ip) === family);
