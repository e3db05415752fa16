import { parseMac } from '@podpath/net';
import {
  formatPeerName,
  isHairpin,
  MacCache,
  type Mesh,
  parsePeerName,
  partialMesh,
  SLEEVE_OVERHEAD_BYTES,
  tunnelId,
} from '@podpath/weave/conformance';
import { z } from 'zod';
import { check, checkEach } from '../check.ts';
import { readVectors } from '../read-vectors.ts';
import type { CaseResult, Runner } from '../runner.ts';
import { flowAction, flowVector, ingressOf, judgeFlow, tunnelKey } from '../weave/flow-vector.ts';
import { judgeMalformed, judgeSleeve, malformed, sleevePacket } from '../weave/sleeve-vector.ts';

const peer = z.string().transform((text) => parsePeerName(text) ?? -1);
const peerTable = z.record(z.string(), z.record(z.string(), z.string()));
const id = z.string();

const routes = z.object({
  kind: z.literal('routes'),
  id,
  peers: z.array(z.string()),
  connections: z.array(z.object({ from: peer, to: peer, established: z.boolean() })),
  unicastNextHop: peerTable,
  unicastNextHopAllConnections: peerTable,
  broadcastNextHops: z.record(z.string(), z.record(z.string(), z.array(z.string()))),
});

const macCache = z.object({
  kind: z.literal('macCache'),
  id,
  maxAgeSeconds: z.int(),
  ops: z.array(
    z.object({
      op: z.enum(['add', 'lookup', 'expire']),
      mac: z.string().default(''),
      peer: z.string().default(''),
      t: z.number().default(0),
      force: z.boolean().default(false),
    }),
  ),
  results: z.array(z.unknown()),
});

const vector = z.union([
  z.object({
    kind: z.literal('tunnelId'),
    id,
    srcShortId: z.int(),
    dstShortId: z.int(),
    vni: z.int(),
  }),
  z.object({
    kind: z.literal('hairpinVeto'),
    id,
    inPort: z.int(),
    tunnelKey: tunnelKey.nullable(),
    actions: z.array(flowAction),
    vetoed: z.boolean(),
  }),
  routes,
  macCache,
  flowVector,
  sleevePacket,
  malformed,
  z.object({
    kind: z.literal('sleeveOverhead'),
    id,
    encrypted: z.literal(false),
    overheadDF: z.int(),
  }),
  z.object({
    kind: z.string().regex(/^(sleeve|icmpFragNeeded$|ipsec$|fastdpHeartbeat$)/),
    id,
  }),
]);
type Vector = z.output<typeof vector>;

/** The overlay: VNIs, who relays for whom, what the datapath does with frames. */
export const weaveTunnelRunner: Runner = {
  subject: 'weave',
  accepts: (name) => name === 'weave-tunnel.json',
  *run(set) {
    const { vectors } = readVectors(set, z.object({ vectors: z.array(vector) }));
    yield* checkEach(vectors, judge);
  },
};

const judge = (one: Vector): CaseResult => {
  switch (one.kind) {
    case 'tunnelId':
      return 'vni' in one
        ? check(one.id, one.vni, () => tunnelId(one.srcShortId, one.dstShortId))
        : unreadable(one);
    case 'hairpinVeto':
      return 'vetoed' in one
        ? check(one.id, one.vetoed, () =>
            isHairpin(ingressOf(one.inPort, one.tunnelKey ?? undefined), one.actions.flat()),
          )
        : unreadable(one);
    case 'routes':
      return 'peers' in one ? judgeRoutes(one) : unreadable(one);
    case 'macCache':
      return 'ops' in one ? judgeMacCache(one) : unreadable(one);
    case 'fastdpFlow':
      return 'miss' in one ? judgeFlow(one) : unreadable(one);
    case 'sleevePacket':
      return 'udpPayload' in one ? judgeSleeve(one) : notEncrypted(one);
    case 'sleeveMalformed':
      return 'cases' in one ? judgeMalformed(one) : unreadable(one);
    case 'sleeveOverhead':
      return 'overheadDF' in one
        ? check(one.id, one.overheadDF, () => SLEEVE_OVERHEAD_BYTES)
        : notEncrypted(one);
    default:
      return { id: one.id, outcome: 'not-supported', reason: reasonFor(one.kind) };
  }
};

const unreadable = ({ id: of, kind }: { id: string; kind: string }): CaseResult => ({
  id: of,
  outcome: 'failed',
  expected: `a vector of kind ${kind}`,
  got: 'other fields',
});

const notEncrypted = ({ id: of }: { id: string }): CaseResult => ({
  id: of,
  outcome: 'not-supported',
  reason: 'encryption of the sleeve overlay',
});

const reasonFor = (kind: string): string => {
  if (kind === 'ipsec') return 'encryption of the fast data path';
  if (kind === 'fastdpHeartbeat') return 'heartbeats: connections are up from the start';
  return 'how the sleeve overlay finds its MTU, fragments and beats';
};

const judgeRoutes = (one: z.output<typeof routes>): CaseResult => {
  const established = partialMesh(one.connections.filter((connection) => connection.established));
  return check(
    one.id,
    [one.unicastNextHop, one.unicastNextHopAllConnections, one.broadcastNextHops],
    () => [
      tableOf(one.peers, unicast(established)),
      tableOf(one.peers, unicast(partialMesh(one.connections))),
      tableOf(one.peers, (from, to) =>
        [...established.broadcastHops(from, to)].map(formatPeerName),
      ),
    ],
  );
};

const unicast = (mesh: Mesh) => (from: number, to: number) => {
  const hop = from === to ? undefined : mesh.nextHop(from, to);
  return hop === undefined ? undefined : formatPeerName(hop);
};

/** What a function of two peers gives for all of them; `undefined` is left out, as in the vectors. */
const tableOf = <T>(peers: readonly string[], of: (from: number, to: number) => T | undefined) =>
  Object.fromEntries(
    peers.map((from) => [
      from,
      Object.fromEntries(
        peers.flatMap((to) => {
          const value = of(peer.parse(from), peer.parse(to));
          return value === undefined ? [] : [[to, value]];
        }),
      ),
    ]),
  );

const judgeMacCache = ({ id: of, maxAgeSeconds, ops, results }: z.output<typeof macCache>) => {
  const names = [...new Set(ops.map(({ peer: name }) => name))];
  const macs = [...new Set(ops.map(({ mac }) => mac))];
  return check(of, results, () => {
    const cache = new MacCache(maxAgeSeconds * 1000);
    return ops.map(({ op, mac, peer: name, t, force }) => {
      const nowMs = t * 1000;
      const at = FIRST_MAC + macs.indexOf(mac);
      const nameOf = (index: number | undefined) =>
        index === undefined ? null : (names[index] ?? null);
      if (op === 'lookup') return { peer: nameOf(cache.lookup(at)) };
      if (op === 'expire')
        return { expired: cache.expire(nowMs).map((gone) => macs[gone - FIRST_MAC]) };
      const isNew = cache.lookup(at) === undefined;
      if (force) cache.force(at, names.indexOf(name), nowMs);
      const conflict = force ? undefined : cache.add(at, names.indexOf(name), nowMs);
      return { new: isNew, conflict: nameOf(conflict) };
    });
  });
};

const FIRST_MAC = parseMac('02:00:00:00:00:00');
