import { formatIp, parseIpv4 } from '@podpath/net';
import {
  type AddressRange,
  formatPeerName,
  type PeerName,
  parsePeerName,
  Ring,
  type RingEntry,
  ringSeeds,
} from '@podpath/weave/conformance';
import { z } from 'zod';
import { check, checkEach } from '../check.ts';
import { readVectors } from '../read-vectors.ts';
import type { CaseResult, Runner } from '../runner.ts';
import { writeRange } from '../weave/address-text.ts';

const peer = z.string().transform((text): PeerName => {
  const name = parsePeerName(text);
  if (name === undefined) throw new TypeError(`${text} is no peer name`);
  return name;
});
const address = z.string().transform(parseIpv4);
const entry = z.object({ token: address, peer, version: z.int(), free: z.int() });

const on = <Op extends string, Shape extends z.ZodRawShape>(op: Op, shape: Shape) =>
  z.object({ op: z.literal(op), ring: z.string(), result: z.unknown().optional(), ...shape });
const bounds = { start: address, end: address };

const step = z.discriminatedUnion('op', [
  on('new', { ...bounds, peer }),
  on('setEntries', { entries: z.array(entry) }),
  on('insert', { entries: z.array(entry) }),
  on('claimForPeers', { peers: z.array(peer) }),
  on('grant', { ...bounds, peer }),
  on('transfer', { peer, to: peer }),
  on('merge', { from: z.string(), allocatedInReceiver: z.array(address).optional() }),
  on('reportFree', { freeByToken: z.record(z.string(), z.int()) }),
  on('ownedRanges', {}),
  on('allRangeInfo', {}),
  on('contains', { addr: address }),
  on('owner', { addr: address }),
  on('donors', bounds),
  on('checkInvariants', {}),
  on('empty', {}),
]);
type Step = z.output<typeof step>;

const vector = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ring'), id: z.string(), steps: z.array(step) }),
  z.object({
    kind: z.literal('consensus'),
    id: z.string(),
    proposed: z.array(peer),
    ringSeeds: z.array(peer),
  }),
  z.object({ kind: z.literal('quorum'), id: z.string() }),
]);

/** Who owns which addresses: every operation on the ring, and what merging refuses. */
export const weaveRingRunner: Runner = {
  subject: 'weave',
  accepts: (name) => name === 'weave-ring.json',
  *run(set) {
    const { vectors } = readVectors(set, z.object({ vectors: z.array(vector) }));
    yield* checkEach(vectors, judge);
  },
};

const judge = (one: z.output<typeof vector>): CaseResult => {
  const { id } = one;
  switch (one.kind) {
    case 'quorum':
      return {
        id,
        outcome: 'not-supported',
        reason: 'how peers elect a ring: here they agree at once',
      };
    case 'consensus':
      return check(id, one.ringSeeds, () => ringSeeds(one.proposed));
    case 'ring': {
      const rings = new Map<string, Ring>();
      const told = one.steps.filter(({ result }) => result !== undefined);
      return check(
        id,
        told.map(({ result }) => result),
        () =>
          one.steps.map((each) => carryOut(each, rings)).filter((result) => result !== undefined),
      );
    }
  }
};

/** What a step gives, in the vectors' words; `panics` where a precondition does not hold. */
const carryOut = (step: Step, rings: Map<string, Ring>): unknown => {
  if (step.op === 'new') {
    rings.set(step.ring, new Ring(rangeOf(step), step.peer));
    return undefined;
  }
  try {
    return resultOf(step, ringNamed(rings, step.ring), rings);
  } catch (error) {
    if (error instanceof RangeError) return { panics: true };
    throw error;
  }
};

const resultOf = (step: Exclude<Step, { op: 'new' }>, ring: Ring, rings: Map<string, Ring>) => {
  switch (step.op) {
    case 'setEntries':
      ring.restore(step.entries);
      return undefined;
    case 'insert':
      ring.restore([...ring.entries, ...step.entries].sort((a, b) => a.token - b.token));
      return { entries: entriesOf(ring) };
    case 'claimForPeers':
      ring.claimForPeers(step.peers);
      return { entries: entriesOf(ring) };
    case 'grant':
      ring.grant(rangeOf(step), step.peer);
      return { entries: entriesOf(ring) };
    case 'transfer': {
      const newRanges = ring.transfer(step.peer, step.to).map(writeRange);
      return { entries: entriesOf(ring), newRanges };
    }
    case 'merge': {
      const merged = ring.merge(ringNamed(rings, step.from), allocationsOf(step, ring));
      const entries = entriesOf(ring);
      return 'error' in merged
        ? { entries, error: merged.error }
        : { entries, error: null, updated: merged.updated };
    }
    case 'reportFree': {
      const free = Object.entries(step.freeByToken);
      const updated = ring.reportFree(new Map(free.map(([token, n]) => [parseIpv4(token), n])));
      return { entries: entriesOf(ring), updated };
    }
    case 'ownedRanges':
      return { ranges: ring.rangesOf(ring.self).map(writeRange) };
    case 'allRangeInfo':
      return { ranges: ring.ranges().map(describe) };
    case 'contains':
      return { contains: ring.contains(step.addr) };
    case 'owner':
      return { peer: formatPeerName(ring.owner(step.addr) ?? 0) };
    case 'donors': {
      const donors = [...ring.donors(rangeOf(step)).keys()];
      return { peersAnyOrder: donors.sort((a, b) => a - b).map(formatPeerName) };
    }
    case 'checkInvariants':
      return { error: ring.violation() ?? null };
    case 'empty':
      return { empty: ring.entries.length === 0 };
  }
};

/** Without addresses given, upstream's own test helper: an entry that is not all free. */
const allocationsOf =
  ({ allocatedInReceiver }: Extract<Step, { op: 'merge' }>, ring: Ring) =>
  ({ start, end }: AddressRange): boolean =>
    allocatedInReceiver === undefined
      ? ring.entries.some(({ token, free }) => token === start && free < end - start)
      : allocatedInReceiver.some((used) => used >= start && used < end);

const rangeOf = ({ start, end }: { start: number; end: number }): AddressRange => ({ start, end });

const ringNamed = (rings: ReadonlyMap<string, Ring>, name: string): Ring => {
  const ring = rings.get(name);
  if (ring === undefined) throw new TypeError(`there is no ring ${name}`);
  return ring;
};

const entriesOf = (ring: Ring) =>
  ring.entries.map(({ token, peer, version, free }) => ({
    token: formatIp(token),
    peer: formatPeerName(peer),
    version,
    free,
  }));

const describe = ({ range, entry }: { range: AddressRange; entry: RingEntry }): string =>
  `${formatPeerName(entry.peer)} ${writeRange(range)} v${entry.version}`;
