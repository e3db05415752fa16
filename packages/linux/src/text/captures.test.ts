import { decodeFrame } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { clientRouterServer } from '../test-world.ts';
import { capturesToPcapng } from './captures.ts';

const BLOCKS = { section: 0x0a0d_0d0a, interface: 1, packet: 6 } as const;

/** Blocks of a little-endian pcapng file: their types, and the bytes between type and trailing length. */
function blocksOf(bytes: Uint8Array): readonly { type: number; body: Uint8Array }[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const blocks: { type: number; body: Uint8Array }[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = view.getUint32(at + 4, true);
    blocks.push({ type: view.getUint32(at, true), body: bytes.subarray(at + 8, at + length - 4) });
    at += length;
  }
  return blocks;
}

describe('captures as pcapng', () => {
  const { captures } = clientRouterServer().ping('c', '10.2.0.2');
  const blocks = blocksOf(capturesToPcapng(captures));

  it('have an interface for each device, and every frame in order', () => {
    const ofType = (type: number) => blocks.filter((block) => block.type === type);
    expect(ofType(BLOCKS.section)).toHaveLength(1);
    expect(ofType(BLOCKS.interface)).toHaveLength(4);
    expect(ofType(BLOCKS.packet)).toHaveLength(captures.length);
    const frames = ofType(BLOCKS.packet).map(({ body }) => {
      const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
      return decodeFrame(body.subarray(20, 20 + view.getUint32(12, true)));
    });
    expect(frames.map(({ dst }) => dst)).toEqual(captures.map(({ frame }) => frame.dst));
  });

  it('name their interfaces after namespace and device', () => {
    const text = new TextDecoder().decode(capturesToPcapng(captures));
    for (const name of ['c/e1', 'r/e1', 'r/e2', 's/e2']) expect(text).toContain(name);
  });

  it('of nothing are a file without packets', () => {
    expect(blocksOf(capturesToPcapng([])).map(({ type }) => type)).toEqual([BLOCKS.section]);
  });
});
