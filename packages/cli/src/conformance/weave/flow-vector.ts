import { formatIp, formatMac, parseIpv4, parseMac } from '@podpath/net';
import {
  FastDatapath,
  type FlowAction,
  type FlowIngress,
  type FlowKey,
  type Mesh,
  type PeerDirectory,
  type Tunnel,
  tunnelDestination,
  tunnelSource,
} from '@podpath/weave/conformance';
import { z } from 'zod';
import { check } from '../check.ts';
import type { CaseResult } from '../runner.ts';

const hexId = z.string().transform((text) => Number.parseInt(text, 16));
const ip = z.string().transform(parseIpv4);
const mac = z.string().transform(parseMac);

export const tunnelKey = z.object({ tunnelId: hexId, ipv4Src: ip, ipv4Dst: ip }).transform(
  ({ tunnelId: vni, ipv4Src, ipv4Dst }): Tunnel => ({
    vni,
    source: ipv4Src,
    destination: ipv4Dst,
  }),
);

const rawAction = z.union([
  z.object({ type: z.literal('output'), vport: z.int() }),
  z.object({
    type: z.literal('setTunnel'),
    tunnelId: z.string(),
    ipv4Src: z.string(),
    ipv4Dst: z.string(),
  }),
]);

/** Each by itself; `set_tunnel` is told apart from the output that follows it by having a port of its own. */
export const flowAction = rawAction.transform((action): FlowAction[] =>
  action.type === 'output'
    ? [{ kind: 'output', vport: String(action.vport) }]
    : [{ kind: 'tunnel', vport: 'vxlan', tunnel: tunnelKey.parse(action) }],
);

export const ingressOf = (inPort: number, tunnel: Tunnel | undefined): FlowIngress => ({
  kind: 'port',
  // Output to the tunnel's own port is no hairpin: what counts there is where the tunnel leads.
  vport: tunnel === undefined ? String(inPort) : 'vxlan',
  ...(tunnel === undefined ? {} : { tunnel }),
});

export const flowVector = z.object({
  kind: z.literal('fastdpFlow'),
  id: z.string(),
  miss: z.object({
    inPort: z.int(),
    ethSrc: mac,
    ethDst: mac,
    tunnelId: hexId.optional(),
    tunnelIpv4Src: ip.optional(),
    tunnelIpv4Dst: ip.optional(),
  }),
  forward: z
    .object({
      localIP: ip,
      remoteIP: ip,
      srcShortId: z.int(),
      dstShortId: z.int(),
      vxlanVport: z.int(),
    })
    .optional(),
  relay: z.object({ localIP: ip, nextHopIP: ip, vxlanVport: z.int() }).optional(),
  deliverTo: z.object({ vport: z.int() }).optional(),
  bridgePorts: z.array(z.int()).optional(),
  nextHops: z.array(z.object({ ip, dstShortId: z.int() })).default([]),
  localIP: ip.optional(),
  srcShortId: z.int().optional(),
  vxlanVport: z.int().optional(),
  flowKeys: z.array(z.unknown()).optional(),
  flowInstalled: z.boolean().default(true),
  actions: z.array(z.unknown()).optional(),
  actionGroupsAnyOrder: z.array(z.array(z.unknown())).optional(),
});
type FlowVector = z.output<typeof flowVector>;

/** Sets a datapath up as the vector has it, and hands it the frame that missed. */
export const judgeFlow = (one: FlowVector): CaseResult => {
  const { actionGroupsAnyOrder: groups, flowInstalled } = one;
  const expectedKeys = flowInstalled ? sorted(one.flowKeys ?? []) : [];
  return check(
    one.id,
    {
      installed: flowInstalled,
      keys: expectedKeys,
      actions: groups === undefined ? one.actions : sorted(groups),
    },
    () => {
      const decision = decide(one);
      if (decision.kind === 'drop') return decision.reason;
      const written = decision.actions.map(writeAction);
      return {
        installed: decision.installed,
        keys: decision.installed ? sorted(decision.keys.map(writeKey)) : [],
        actions: groups === undefined ? written.flat() : sorted(written),
      };
    },
  );
};

const SELF = 1;
/** Peers further on: the one that a frame is for, then the next hops. */
const REMOTE = 2;

const decide = (one: FlowVector) => {
  const { miss, forward, relay, deliverTo, nextHops } = one;
  const tunnelPort = String(
    forward?.vxlanVport ?? relay?.vxlanVport ?? one.vxlanVport ?? miss.inPort,
  );
  const tunnel = tunnelOf(miss);
  const hops = nextHops.map((_, index) => REMOTE + index);
  const mesh: Mesh = {
    nextHop: () => REMOTE,
    broadcastHops: (_, origin) => (origin === SELF ? hops : []),
  };
  const ports = one.bridgePorts ?? [deliverTo?.vport ?? miss.inPort];
  const datapath = new FastDatapath({
    self: SELF,
    directory: directoryOf(one, tunnel),
    mesh,
    tunnelPort,
    ports: ports.map(String),
  });
  // The frame that taught it where the destination is.
  if (deliverTo !== undefined) {
    datapath.decide({ kind: 'port', vport: String(deliverTo.vport) }, miss.ethDst, miss.ethSrc, 0);
  }
  if (forward !== undefined) {
    const back = {
      vni: forward.dstShortId | (forward.srcShortId << 12),
      source: forward.remoteIP,
      destination: forward.localIP,
    };
    datapath.decide({ kind: 'port', vport: tunnelPort, tunnel: back }, miss.ethDst, miss.ethSrc, 0);
  }
  const ingress: FlowIngress = {
    kind: 'port',
    vport: String(miss.inPort),
    ...(tunnel === undefined ? {} : { tunnel }),
  };
  return datapath.decide(ingress, miss.ethSrc, miss.ethDst, 0);
};

const tunnelOf = ({ tunnelId: vni, tunnelIpv4Src, tunnelIpv4Dst }: FlowVector['miss']) =>
  vni === undefined || tunnelIpv4Src === undefined || tunnelIpv4Dst === undefined
    ? undefined
    : { vni, source: tunnelIpv4Src, destination: tunnelIpv4Dst };

const directoryOf = (one: FlowVector, tunnel: Tunnel | undefined): PeerDirectory => {
  const { forward, relay, deliverTo, nextHops } = one;
  const shortIds = new Map<number, number>();
  const addresses = new Map<number, number>();
  const localId = forward?.srcShortId ?? one.srcShortId;
  if (localId !== undefined) shortIds.set(SELF, localId);
  if (tunnel !== undefined) {
    // Its destination is this peer when it is delivered here, and somebody else's when it is relayed.
    if (deliverTo !== undefined) shortIds.set(SELF, tunnelDestination(tunnel.vni));
    else shortIds.set(REMOTE, tunnelDestination(tunnel.vni));
    shortIds.set(SOURCE, tunnelSource(tunnel.vni));
  }
  if (forward !== undefined) shortIds.set(REMOTE, forward.dstShortId);
  for (const [index, hop] of nextHops.entries()) {
    shortIds.set(REMOTE + index, hop.dstShortId);
    addresses.set(REMOTE + index, hop.ip);
  }
  const local = forward?.localIP ?? relay?.localIP ?? one.localIP;
  if (local !== undefined) addresses.set(SELF, local);
  const remote = forward?.remoteIP ?? relay?.nextHopIP;
  if (remote !== undefined) addresses.set(REMOTE, remote);
  return {
    shortIdOf: (peer) => shortIds.get(peer),
    byShortId: (id) => [...shortIds].find(([, own]) => own === id)?.[0],
    addressOf: (peer) => addresses.get(peer),
  };
};

const SOURCE = 100;

const hex = (vni: number): string => vni.toString(16).padStart(16, '0');

/** TOS, TTL and flags are the same on every tunnel. */
const writeAction = (action: FlowAction): unknown[] => {
  if (action.kind === 'sleeve') return [{ type: 'sleeve' }];
  const output = { type: 'output', vport: Number(action.vport) };
  if (action.kind === 'output') return [output];
  const { vni, source, destination } = action.tunnel;
  const addresses = {
    tunnelId: hex(vni),
    ipv4Src: formatIp(source),
    ipv4Dst: formatIp(destination),
  };
  return [{ type: 'setTunnel', ...addresses, tos: 0, ttl: 64, df: true, csum: false }, output];
};

const writeKey = (key: FlowKey): unknown => {
  switch (key.kind) {
    case 'in-port':
      return { type: 'inPort', vport: Number(key.vport) };
    case 'tunnel':
      return {
        type: 'tunnel',
        tunnelId: hex(key.vni),
        ipv4Src: formatIp(key.source),
        ipv4Dst: formatIp(key.destination),
      };
    case 'ethernet':
      return { type: 'ethernet', src: formatMac(key.source), dst: formatMac(key.destination) };
  }
};

const sorted = (list: readonly unknown[]): unknown[] =>
  list.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
