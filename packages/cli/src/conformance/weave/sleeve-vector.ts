import { decodeSleeve, encodeSleeve } from '@podpath/weave/conformance';
import { z } from 'zod';
import { check } from '../check.ts';
import type { CaseResult } from '../runner.ts';

const name = z.string().transform((hex) => Number.parseInt(hex, 16));
const bytes = z.string().transform((hex) => Uint8Array.from(Buffer.from(hex, 'hex')));

/** A datagram that is not encrypted. */
export const sleevePacket = z.object({
  kind: z.literal('sleevePacket'),
  id: z.string(),
  encrypted: z.literal(false),
  senderName: name,
  frames: z.array(z.object({ src: name, dst: name, frame: bytes })),
  udpPayload: z.string(),
});

export const malformed = z.object({
  kind: z.literal('sleeveMalformed'),
  id: z.string(),
  cases: z.array(
    z.object({ bodyAfterSenderName: bytes, error: z.boolean(), framesDelivered: z.int() }),
  ),
});

export const judgeSleeve = (one: z.output<typeof sleevePacket>): CaseResult => {
  const frames = one.frames.map(({ src, dst, frame }) => ({
    source: src,
    destination: dst,
    bytes: frame,
  }));
  const read = { sender: one.senderName, frames, malformed: false };
  return check(one.id, [one.udpPayload, read], () => {
    const payload = encodeSleeve(one.senderName, frames);
    return [Buffer.from(payload).toString('hex'), decodeSleeve(payload)];
  });
};

export const judgeMalformed = ({ id, cases }: z.output<typeof malformed>): CaseResult =>
  check(
    id,
    cases.map(({ error, framesDelivered }) => ({ error, framesDelivered })),
    () =>
      cases.map(({ bodyAfterSenderName }) => {
        const packet = decodeSleeve(Uint8Array.of(2, 0, 0, 0, 0, 1, ...bodyAfterSenderName));
        return { error: packet?.malformed, framesDelivered: packet?.frames.length };
      }),
  );
