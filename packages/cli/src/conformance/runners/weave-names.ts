import {
  formatPeerName,
  parsePeerName,
  peerNameOfMachine,
  ShortIds,
  setNameOf,
  vethNames,
} from '@podpath/weave/conformance';
import { z } from 'zod';
import { check, checkEach } from '../check.ts';
import { readVectors } from '../read-vectors.ts';
import type { CaseResult, Runner } from '../runner.ts';

const shortIdStep = z.object({
  op: z.enum(['add', 'delete']),
  peerName: z.int(),
  /** Without one, all peers claim the same. */
  shortId: z.int().default(0),
  invalidates: z.boolean(),
  owners: z.record(z.string(), z.int()).optional(),
  ownerAfter: z.int().nullable().optional(),
});

const vector = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('peerName'),
    id: z.string(),
    input: z.string(),
    ok: z.boolean(),
    text: z.string().optional(),
    value: z.string().optional(),
  }),
  z.object({
    kind: z.literal('macFromUuid'),
    id: z.string(),
    bytesHex: z.string(),
    mac: z.string(),
  }),
  z.object({
    kind: z.literal('ipsetName'),
    id: z.string(),
    hashed: z.string(),
    ipset: z.string(),
  }),
  z.object({
    kind: z.literal('vethName'),
    id: z.string(),
    containerId: z.string(),
    hostVeth: z.string(),
    temporaryPeer: z.string(),
  }),
  z.object({ kind: z.literal('shortId'), id: z.string(), steps: z.array(shortIdStep) }),
]);

type Vector = z.output<typeof vector>;

/** The names of peers, sets and devices, and who owns a short ID. */
export const weaveNamesRunner: Runner = {
  subject: 'weave',
  accepts: (name) => name === 'weave-names.json',
  *run(set) {
    const { vectors } = readVectors(set, z.object({ vectors: z.array(vector) }));
    yield* checkEach(vectors, judge);
  },
};

const judge = (one: Vector): CaseResult => {
  const { id } = one;
  switch (one.kind) {
    case 'peerName':
      return check(id, one.ok ? [one.text, Number(one.value)] : 'no name', () => {
        const name = parsePeerName(one.input);
        return name === undefined ? 'no name' : [formatPeerName(name), name];
      });
    case 'macFromUuid':
      return check(id, one.mac, () =>
        formatPeerName(peerNameOfMachine(Buffer.from(one.bytesHex, 'hex'))),
      );
    case 'ipsetName':
      return check(id, one.ipset, () => setNameOf(one.hashed));
    case 'vethName':
      return check(id, [one.hostVeth, one.temporaryPeer], () => {
        const { host, container } = vethNames(one.containerId);
        return [host, container];
      });
    case 'shortId':
      return judgeShortIds(one);
  }
};

const judgeShortIds = ({ id, steps }: Extract<Vector, { kind: 'shortId' }>): CaseResult => {
  const ids = new ShortIds();
  const claimed = [...new Set(steps.map(({ shortId }) => shortId))];
  const ownersNow = () =>
    Object.fromEntries(
      claimed.flatMap((one) => {
        const owner = ids.owner(one);
        return owner === undefined ? [] : [[String(one), owner]];
      }),
    );
  return check(
    id,
    steps.map((step) => [
      step.invalidates,
      step.owners ?? (step.ownerAfter == null ? {} : { 0: step.ownerAfter }),
    ]),
    () => steps.map((step) => [ids[step.op](step.shortId, step.peerName), ownersNow()]),
  );
};
