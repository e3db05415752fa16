import type { PeerName } from '../peer-name.ts';

const NAME_BYTES = 6;
const LENGTH_BYTES = 2;
const FRAME_HEADER_BYTES = 2 * NAME_BYTES + LENGTH_BYTES;

/** IPv4 and UDP headers, the sender's name, a frame's header, and the frame's own Ethernet header. */
export const SLEEVE_OVERHEAD_BYTES = 20 + 8 + NAME_BYTES + FRAME_HEADER_BYTES + 14;

/** An Ethernet frame on its way from one peer to another. */
export interface SleeveFrame {
  readonly source: PeerName;
  readonly destination: PeerName;
  readonly bytes: Uint8Array;
}

/** The payload of a sleeve datagram without encryption: who sent it, and frames (weave, router/sleeve.go). */
export const encodeSleeve = (sender: PeerName, frames: readonly SleeveFrame[]): Uint8Array => {
  const length = frames.reduce((sum, { bytes }) => sum + FRAME_HEADER_BYTES + bytes.length, 0);
  const payload = Buffer.alloc(NAME_BYTES + length);
  let at = payload.writeUIntBE(sender, 0, NAME_BYTES);
  for (const { source, destination, bytes } of frames) {
    at = payload.writeUIntBE(source, at, NAME_BYTES);
    at = payload.writeUIntBE(destination, at, NAME_BYTES);
    at = payload.writeUInt16BE(bytes.length, at);
    payload.set(bytes, at);
    at += bytes.length;
  }
  return new Uint8Array(payload);
};

export interface SleevePacket {
  readonly sender: PeerName;
  /** Those in front of the place where it ends too early, if it does. */
  readonly frames: readonly SleeveFrame[];
  readonly malformed: boolean;
}

/** Reads a payload; `undefined` when it is too short to name its sender. Never throws. */
export const decodeSleeve = (payload: Uint8Array): SleevePacket | undefined => {
  if (payload.length < NAME_BYTES) return undefined;
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.length);
  const sender = bytes.readUIntBE(0, NAME_BYTES);
  const frames: SleeveFrame[] = [];
  for (let at = NAME_BYTES; at < bytes.length; ) {
    const body = at + FRAME_HEADER_BYTES;
    if (body > bytes.length) return { sender, frames, malformed: true };
    const end = body + bytes.readUInt16BE(at + 2 * NAME_BYTES);
    if (end > bytes.length) return { sender, frames, malformed: true };
    frames.push({
      source: bytes.readUIntBE(at, NAME_BYTES),
      destination: bytes.readUIntBE(at + NAME_BYTES, NAME_BYTES),
      bytes: payload.subarray(body, end),
    });
    at = end;
  }
  return { sender, frames, malformed: false };
};
