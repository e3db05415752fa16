import { describe, expect, test } from 'vitest';
import { PcapngWriter } from './pcapng.ts';
import { toHex } from './test-hex.ts';

interface Block {
  readonly type: number;
  readonly body: DataView;
}

/** Takes a file apart by the rules that all blocks obey: equal lengths at both ends, whole words. */
const blocksOf = (file: Uint8Array): Block[] => {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const blocks: Block[] = [];
  for (let at = 0; at < file.length; ) {
    const length = view.getUint32(at + 4, true);
    expect(length % 4).toBe(0);
    expect(view.getUint32(at + length - 4, true)).toBe(length);
    const body = new DataView(file.buffer, file.byteOffset + at + 8, length - 12);
    blocks.push({ type: view.getUint32(at, true), body });
    at += length;
  }
  return blocks;
};

/** Options from a place in a block to its end, as code and value. */
const optionsOf = ({ body }: Block, start: number): [number, string][] => {
  const options: [number, string][] = [];
  for (let at = start; at < body.byteLength; ) {
    const length = body.getUint16(at + 2, true);
    const value = new Uint8Array(body.buffer, body.byteOffset + at + 4, length);
    options.push([body.getUint16(at, true), toHex(value)]);
    at += 4 + ((length + 3) & ~3);
  }
  return options;
};

const u32 = ({ body }: Block, at: number): number => body.getUint32(at, true);

describe('a capture', () => {
  const writer = new PcapngWriter();
  const eth0 = writer.addInterface('eth0');
  const tunnel = writer.addInterface('tunl0', 'raw-ip');
  const timeNs = 1_700_000_000_123_456_789n;
  writer.addPacket({
    interfaceId: eth0,
    timeNs,
    direction: 'in',
    bytes: Uint8Array.of(1, 2, 3, 4, 5),
  });
  writer.addPacket({ interfaceId: tunnel, timeNs: 0n, direction: 'out', bytes: new Uint8Array(0) });
  const blocks = blocksOf(writer.toBytes());
  const [section, first, second, packet, empty] = blocks as [Block, Block, Block, Block, Block];

  test('is one section with its interfaces before the packets', () => {
    expect(blocks.map((block) => block.type)).toEqual([0x0a0d_0d0a, 1, 1, 6, 6]);
  });

  test('says its byte order and version', () => {
    expect(u32(section, 0)).toBe(0x1a2b_3c4d);
    expect(section.body.getUint16(4, true)).toBe(1);
    expect(section.body.getUint16(6, true)).toBe(0);
    expect(section.body.getBigInt64(8, true)).toBe(-1n);
  });

  test('names each device and counts its time in nanoseconds', () => {
    expect(first.body.getUint16(0, true)).toBe(1);
    expect(second.body.getUint16(0, true)).toBe(101);
    expect(optionsOf(first, 8)).toEqual([
      [2, toHex(Buffer.from('eth0'))],
      [9, '09'],
      [0, ''],
    ]);
    expect(optionsOf(second, 8)[0]).toEqual([2, toHex(Buffer.from('tunl0'))]);
  });

  test('has when, where, which way and what', () => {
    expect(u32(packet, 0)).toBe(eth0);
    expect((BigInt(u32(packet, 4)) << 32n) | BigInt(u32(packet, 8))).toBe(timeNs);
    expect([u32(packet, 12), u32(packet, 16)]).toEqual([5, 5]);
    const bytes = new Uint8Array(packet.body.buffer, packet.body.byteOffset + 20, 8);
    expect(toHex(bytes)).toBe('0102030405000000');
    expect(optionsOf(packet, 28)).toEqual([
      [2, '01000000'],
      [0, ''],
    ]);
    expect(u32(empty, 0)).toBe(tunnel);
    expect(optionsOf(empty, 20)[0]).toEqual([2, '02000000']);
  });

  test('is the same bytes every time', () => {
    expect(writer.toBytes()).toEqual(writer.toBytes());
  });
});

test('a packet needs an interface and a time that fits', () => {
  const writer = new PcapngWriter();
  const packet = { interfaceId: 0, timeNs: 0n, direction: 'in', bytes: new Uint8Array(1) } as const;
  expect(() => writer.addPacket(packet)).toThrow(
    new RangeError('the capture has 0 interfaces, none with id 0'),
  );
  writer.addInterface('lo');
  writer.addPacket({ ...packet, timeNs: (1n << 64n) - 1n });
  expect(() => writer.addPacket({ ...packet, timeNs: -1n })).toThrow(RangeError);
  expect(() => writer.addPacket({ ...packet, timeNs: 1n << 64n })).toThrow(RangeError);
});
