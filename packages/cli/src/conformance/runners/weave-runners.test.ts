import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CaseResult, Runner } from '../runner.ts';
import { weaveNamesRunner } from './weave-names.ts';
import { weaveNpcRunner } from './weave-npc.ts';
import { weaveRingRunner } from './weave-ring.ts';
import { weaveSpaceRunner } from './weave-space.ts';
import { weaveTunnelRunner } from './weave-tunnel.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'podpath-vectors-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** The outcome of each vector, by its id. */
const outcomes = async (runner: Runner, name: string, ...vectors: readonly object[]) => {
  expect(runner.accepts(name)).toBe(true);
  const path = join(directory, name);
  writeFileSync(path, JSON.stringify({ vectors }));
  const results: CaseResult[] = [];
  for await (const result of runner.run({ name, path })) results.push(result);
  return Object.fromEntries(results.map(({ id, outcome }) => [id, outcome]));
};

describe('vectors about Weave Net', () => {
  it('hold names to what they say', async () => {
    const name = { kind: 'peerName', input: '1::6', ok: true, text: '01:00:00:00:00:06' };
    const short = { op: 'add', peerName: 3, invalidates: false, ownerAfter: 3 };
    expect(
      await outcomes(
        weaveNamesRunner,
        'weave-names.json',
        { id: 'right', ...name, value: '0x010000000006' },
        { id: 'wrong', ...name, value: '0x06' },
        { id: 'short', kind: 'shortId', steps: [short] },
        { id: 'owner', kind: 'shortId', steps: [{ ...short, ownerAfter: 4 }] },
      ),
    ).toEqual({ right: 'passed', wrong: 'failed', short: 'passed', owner: 'failed' });
  });

  it('hold the ring to what is left of it after each step', async () => {
    const peer = '01:00:00:00:00:01';
    const steps = (free: number) => [
      { op: 'new', ring: 'r', start: '10.0.0.0', end: '10.0.1.0', peer },
      {
        op: 'claimForPeers',
        ring: 'r',
        peers: [peer],
        result: { entries: [{ token: '10.0.0.0', peer, version: 0, free }] },
      },
      { op: 'owner', ring: 'r', addr: '10.0.1.0', result: { panics: true } },
    ];
    expect(
      await outcomes(
        weaveRingRunner,
        'weave-ring.json',
        { id: 'right', kind: 'ring', steps: steps(256) },
        { id: 'wrong', kind: 'ring', steps: steps(255) },
        { id: 'quorum', kind: 'quorum', initPeerCount: 3, quorum: 2 },
      ),
    ).toEqual({ right: 'passed', wrong: 'failed', quorum: 'not-supported' });
  });

  it('hold a peer’s space to what is free and used', async () => {
    const steps = (addr: string) => [
      { op: 'addSpace', start: '10.0.0.0', size: 8 },
      { op: 'allocate', start: '10.0.0.2', size: 4, result: { ok: true, addr } },
    ];
    const allocate = { op: 'allocate', peer: 0, id: 'a', subnet: '10.0.0.0/24' };
    const allocator = { kind: 'allocator', universe: '10.0.0.0/24', peers: ['p0'] };
    expect(
      await outcomes(
        weaveSpaceRunner,
        'weave-space.json',
        { id: 'right', kind: 'space', steps: steps('10.0.0.2') },
        { id: 'wrong', kind: 'space', steps: steps('10.0.0.0') },
        { id: 'first', ...allocator, steps: [{ ...allocate, expect: '10.0.0.1' }] },
        { id: 'other', ...allocator, steps: [{ ...allocate, expect: '10.0.0.9' }] },
        { id: 'http', ...allocator, steps: [{ op: 'http' }] },
      ),
    ).toEqual({
      right: 'passed',
      wrong: 'failed',
      first: 'passed',
      other: 'failed',
      http: 'not-supported',
    });
  });

  it('hold weave-npc to each operation and to what is there at the end', async () => {
    const set = 'weave-k?Z;25^M}|1s7P3|H9i;*;MhG';
    const pod = { metadata: { uid: 'u', name: 'p', namespace: 'default' } };
    const vector = (podIP: string, member: string) => {
      const added = ['default', 'ingress-default-allow:default', 'egress-default-allow:default'];
      return {
        events: [
          {
            op: 'deletePod',
            object: { ...pod, status: { podIP } },
            result: { error: false, ops: member === '' ? NONE_LEFT : added, opsOrder: 'any' },
          },
        ],
        final: { ipsets: {}, chains: {}, unorderedChains: [] },
      };
    };
    // A pod that nobody knew leaves nothing: its namespace's sets come and go.
    const NONE_LEFT = [
      'ipset create weave-;rGqyMIl1HN^cfDki~Z$3]6!N hash:ip',
      'ipset create weave-s_+ChJId4Uy_$}G;WdH|~TK)I hash:ip',
      `ipset create ${set} hash:ip`,
      'ipset destroy weave-;rGqyMIl1HN^cfDki~Z$3]6!N',
      'ipset destroy weave-s_+ChJId4Uy_$}G;WdH|~TK)I',
      `ipset destroy ${set}`,
    ];
    expect(
      await outcomes(
        weaveNpcRunner,
        'weave-npc.json',
        { id: 'right', ...vector('10.32.0.2', '') },
        { id: 'wrong', ...vector('10.32.0.2', '10.32.0.2') },
      ),
    ).toEqual({ right: 'passed', wrong: 'failed' });
  });

  it('hold the overlay to who gets a frame', async () => {
    const [a, b] = ['02:00:00:00:00:01', '02:00:00:00:00:02'];
    const routes = (hop: string) => ({
      kind: 'routes',
      peers: [a, b],
      connections: [
        { from: a, to: b, established: true },
        { from: b, to: a, established: true },
      ],
      unicastNextHop: { [a]: { [b]: b }, [b]: { [a]: hop } },
      unicastNextHopAllConnections: { [a]: { [b]: b }, [b]: { [a]: a } },
      broadcastNextHops: { [a]: { [a]: [b], [b]: [] }, [b]: { [a]: [], [b]: [a] } },
    });
    const vni = { kind: 'tunnelId', srcShortId: 1, dstShortId: 2 };
    expect(
      await outcomes(
        weaveTunnelRunner,
        'weave-tunnel.json',
        { id: 'right', ...routes(a) },
        { id: 'wrong', ...routes(b) },
        { id: 'vni', ...vni, vni: 0x2001 },
        { id: 'swapped', ...vni, vni: 0x1002 },
        { id: 'sleeve', kind: 'sleevePacket' },
      ),
    ).toEqual({
      right: 'passed',
      wrong: 'failed',
      vni: 'passed',
      swapped: 'failed',
      sleeve: 'not-supported',
    });
  });
});
