import { BROADCAST_MAC, parseIpv4, parseMac } from '@podpath/net';
import { beforeEach, describe, expect, it } from 'vitest';
import { FastDatapath, type FlowDecision, type PeerDirectory } from './fast-datapath.ts';
import type { Tunnel } from './flow.ts';
import { fullMesh, type Mesh, partialMesh } from './mesh.ts';
import { tunnelId } from './tunnel-id.ts';

/** Peer n has short ID n and the address 192.168.0.n. */
const directory: PeerDirectory = {
  shortIdOf: (peer) => (peer < 100 ? peer : undefined),
  byShortId: (id) => (id > 0 && id < 100 ? id : undefined),
  addressOf: (peer) => parseIpv4(`192.168.0.${peer}`),
};

const datapathOf = (self: number, mesh: Mesh, ports = ['veth']): FastDatapath =>
  new FastDatapath({ self, directory, mesh, tunnelPort: 'vxlan', ports });

const tunnel = (from: number, to: number, via = from, at = to): Tunnel => ({
  vni: tunnelId(from, to),
  source: parseIpv4(`192.168.0.${via}`),
  destination: parseIpv4(`192.168.0.${at}`),
});

const actionsOf = (decision: FlowDecision): string[] | string =>
  decision.kind === 'drop'
    ? decision.reason
    : decision.actions.map((action) => {
        if (action.kind === 'output') return action.vport;
        if (action.kind === 'sleeve')
          return `sleeve ${action.from}->${action.to} via .${action.destination & 0xff}`;
        const { vni, destination } = action.tunnel;
        return `${vni & 0xfff}->${vni >> 12} via .${destination & 0xff}`;
      });

const OURS = parseMac('02:00:00:00:00:01');
const THEIRS = parseMac('02:00:00:00:00:02');

describe('on a node of a full mesh', () => {
  let datapath: FastDatapath;
  beforeEach(() => {
    datapath = datapathOf(1, fullMesh([1, 2, 3]));
  });

  const send = (source: number, destination: number) =>
    datapath.decide({ kind: 'port', vport: 'veth' }, source, destination, 0);
  const hear = (from: number, source: number, destination: number) =>
    datapath.decide(
      { kind: 'port', vport: 'vxlan', tunnel: tunnel(from, 1) },
      source,
      destination,
      0,
    );

  it('a broadcast goes to every peer, each named as the destination', () => {
    const decision = send(OURS, BROADCAST_MAC);
    expect(actionsOf(decision)).toEqual(['1->2 via .2', '1->3 via .3']);
    expect(decision).toMatchObject({
      installed: true,
      keys: [
        { kind: 'in-port', vport: 'veth' },
        { kind: 'ethernet', source: OURS, destination: BROADCAST_MAC },
      ],
    });
  });

  it('an unknown address is flooded frame by frame, without a flow', () => {
    const decision = send(OURS, THEIRS);
    expect(actionsOf(decision)).toEqual(['1->2 via .2', '1->3 via .3']);
    expect(decision).toMatchObject({ installed: false });
  });

  it('an address heard from a peer is sent to that peer alone', () => {
    hear(3, THEIRS, BROADCAST_MAC);
    const decision = send(OURS, THEIRS);
    expect(actionsOf(decision)).toEqual(['1->3 via .3']);
    expect(decision).toMatchObject({ installed: true });
  });

  it('what comes in is given to the bridge, and is not passed on', () => {
    send(OURS, BROADCAST_MAC);
    const decision = hear(2, THEIRS, OURS);
    expect(actionsOf(decision)).toEqual(['veth']);
    expect(decision).toMatchObject({
      keys: [
        { kind: 'in-port', vport: 'vxlan' },
        { kind: 'tunnel', ...tunnel(2, 1) },
        { kind: 'ethernet', source: THEIRS, destination: OURS },
      ],
    });
  });

  it('an address that another peer has must not be sent from here', () => {
    hear(2, THEIRS, BROADCAST_MAC);
    expect(actionsOf(send(THEIRS, BROADCAST_MAC))).toBe(
      'the source address belongs to another peer',
    );
  });

  it('what the Linux bridge floods for an address of its own is not sent back', () => {
    send(OURS, BROADCAST_MAC);
    const other = parseMac('02:00:00:00:00:09');
    expect(actionsOf(send(other, OURS))).toMatch(/go back where it came from/);
  });

  it('spanning tree frames stay on their node', () => {
    expect(actionsOf(send(OURS, parseMac('01:80:c2:00:00:00')))).toMatch(/spanning tree/);
  });

  it('short IDs that nobody has lead nowhere', () => {
    const decision = datapath.decide(
      { kind: 'port', vport: 'vxlan', tunnel: { ...tunnel(2, 1), vni: tunnelId(500, 1) } },
      THEIRS,
      OURS,
      0,
    );
    expect(actionsOf(decision)).toMatch(/short IDs/);
  });

  it('an address is forgotten when it was not heard for long', () => {
    hear(3, THEIRS, BROADCAST_MAC);
    const later = datapath.decide({ kind: 'port', vport: 'veth' }, OURS, THEIRS, 1_300_000);
    expect(actionsOf(later)).toEqual(['1->2 via .2', '1->3 via .3']);
  });
});

describe('on a node of a chain', () => {
  const chain = partialMesh([
    { from: 1, to: 2 },
    { from: 2, to: 1 },
    { from: 2, to: 3 },
    { from: 3, to: 2 },
  ]);

  it('a frame for a peer further on is relayed as it is, without looking into it', () => {
    const middle = datapathOf(2, chain);
    const decision = middle.decide(
      { kind: 'port', vport: 'vxlan', tunnel: tunnel(1, 3, 1, 2) },
      OURS,
      THEIRS,
      0,
    );
    expect(actionsOf(decision)).toEqual(['1->3 via .3']);
    expect(decision).toMatchObject({
      keys: [{ kind: 'in-port' }, { kind: 'tunnel', vni: tunnelId(1, 3) }],
    });
  });

  it('a broadcast is taken and passed on in the name of its origin', () => {
    const middle = datapathOf(2, chain);
    const decision = middle.decide(
      { kind: 'port', vport: 'vxlan', tunnel: tunnel(1, 2) },
      OURS,
      BROADCAST_MAC,
      0,
    );
    expect(actionsOf(decision)).toEqual(['veth', '1->3 via .3']);
  });
});

describe('a peer without a short ID', () => {
  const datapath = datapathOf(1, fullMesh([1, 2, 200]));

  it('is reached by sleeve, and makes no flow', () => {
    const decision = datapath.decide({ kind: 'port', vport: 'veth' }, OURS, BROADCAST_MAC, 0);
    expect(actionsOf(decision)).toEqual(['1->2 via .2', 'sleeve 1->200 via .200']);
    expect(decision).toMatchObject({ installed: false });
  });

  it('is heard by sleeve', () => {
    const decision = datapath.decide({ kind: 'sleeve', from: 200, to: 1 }, THEIRS, OURS, 0);
    expect(actionsOf(decision)).toEqual(['veth']);
    const back = datapath.decide({ kind: 'port', vport: 'veth' }, OURS, THEIRS, 0);
    expect(actionsOf(back)).toEqual(['sleeve 1->200 via .200']);
  });

  it('is relayed to by whoever is between', () => {
    const middle = datapathOf(
      2,
      partialMesh(
        [1, 200].flatMap((peer) => [
          { from: peer, to: 2 },
          { from: 2, to: peer },
        ]),
      ),
    );
    const decision = middle.decide({ kind: 'sleeve', from: 1, to: 200 }, OURS, THEIRS, 0);
    expect(actionsOf(decision)).toEqual(['sleeve 1->200 via .200']);
  });
});
