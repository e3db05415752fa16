/**
 * Captures as Wireshark and tcpdump read them (IETF draft-ietf-opsawg-pcapng): one section, one interface
 * description per device, one enhanced packet block per packet. Little endian, nanoseconds.
 */
export interface CapturedPacket {
  /** As `addInterface` returned it. */
  readonly interfaceId: number;
  /** Since the epoch of the capture's clock (Wireshark takes it for 1970). */
  readonly timeNs: bigint;
  readonly direction: 'in' | 'out';
  /** A frame for `ethernet` interfaces, an IP packet for `raw-ip` ones. */
  readonly bytes: Uint8Array;
}

/** Collects packets and writes them out once. Writing the same things gives the same bytes. */
export class PcapngWriter {
  readonly #blocks: Uint8Array[] = [sectionHeader()];
  #interfaces = 0;

  /** Adds a device and returns its id, which packets refer to. */
  addInterface(name: string, link: 'ethernet' | 'raw-ip' = 'ethernet'): number {
    const linkType = link === 'ethernet' ? LINK_ETHERNET : LINK_RAW_IP;
    this.#blocks.push(interfaceDescription(name, linkType));
    return this.#interfaces++;
  }

  /** Adds a packet. Throws RangeError for an unknown interface or a time that 64 bits cannot say. */
  addPacket(packet: CapturedPacket): void {
    const { interfaceId, timeNs } = packet;
    if (!Number.isInteger(interfaceId) || interfaceId < 0 || interfaceId >= this.#interfaces) {
      throw new RangeError(
        `the capture has ${this.#interfaces} interfaces, none with id ${interfaceId}`,
      );
    }
    if (timeNs < 0n || timeNs >= 1n << 64n) {
      throw new RangeError(`a capture's time is from 0 to 2^64 - 1 nanoseconds, not ${timeNs}`);
    }
    this.#blocks.push(enhancedPacket(packet));
  }

  /** Everything added so far, as a file. */
  toBytes(): Uint8Array {
    const file = new Uint8Array(this.#blocks.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const bytes of this.#blocks) {
      file.set(bytes, at);
      at += bytes.length;
    }
    return file;
  }
}

const BLOCK = { section: 0x0a0d_0d0a, interface: 1, enhancedPacket: 6 } as const;
const BYTE_ORDER_MAGIC = 0x1a2b_3c4d;
const LINK_ETHERNET = 1;
const LINK_RAW_IP = 101;
/** What tcpdump writes for "whole packets". */
const SNAPSHOT_BYTES = 262_144;

const OPTION = { endOfOptions: 0, interfaceName: 2, timeResolution: 9, packetFlags: 2 } as const;
/** Units of 10^-9 seconds. */
const NANOSECONDS = 9;
const FLAGS = { in: 1, out: 2 } as const;

const sectionHeader = (): Uint8Array => {
  const body = new DataView(new ArrayBuffer(16));
  body.setUint32(0, BYTE_ORDER_MAGIC, true);
  body.setUint16(4, 1, true); // major version; the minor one is 0
  body.setBigInt64(8, -1n, true); // section length: not given
  return block(BLOCK.section, [bytesOf(body)]);
};

const interfaceDescription = (name: string, linkType: number): Uint8Array => {
  const body = new DataView(new ArrayBuffer(8));
  body.setUint16(0, linkType, true);
  body.setUint32(4, SNAPSHOT_BYTES, true);
  return block(BLOCK.interface, [
    bytesOf(body),
    option(OPTION.interfaceName, new TextEncoder().encode(name)),
    option(OPTION.timeResolution, Uint8Array.of(NANOSECONDS)),
    option(OPTION.endOfOptions, new Uint8Array(0)),
  ]);
};

const enhancedPacket = ({ interfaceId, timeNs, direction, bytes }: CapturedPacket): Uint8Array => {
  const body = new DataView(new ArrayBuffer(20));
  body.setUint32(0, interfaceId, true);
  body.setUint32(4, Number(timeNs >> 32n), true);
  body.setUint32(8, Number(timeNs & 0xffff_ffffn), true);
  body.setUint32(12, bytes.length, true); // captured
  body.setUint32(16, bytes.length, true); // on the wire
  const flags = new DataView(new ArrayBuffer(4));
  flags.setUint32(0, FLAGS[direction], true);
  return block(BLOCK.enhancedPacket, [
    bytesOf(body),
    bytes,
    option(OPTION.packetFlags, bytesOf(flags)),
    option(OPTION.endOfOptions, new Uint8Array(0)),
  ]);
};

/** Type, total length, the parts each padded to 32 bits, total length again. */
const block = (type: number, parts: readonly Uint8Array[]): Uint8Array => {
  const total = parts.reduce((sum, part) => sum + padded(part.length), 12);
  const bytes = new Uint8Array(total);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, true);
  view.setUint32(4, total, true);
  view.setUint32(total - 4, total, true);
  let at = 8;
  for (const part of parts) {
    bytes.set(part, at);
    at += padded(part.length);
  }
  return bytes;
};

const option = (code: number, value: Uint8Array): Uint8Array => {
  const bytes = new Uint8Array(4 + value.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, code, true);
  view.setUint16(2, value.length, true);
  bytes.set(value, 4);
  return bytes;
};

const bytesOf = (view: DataView): Uint8Array => new Uint8Array(view.buffer);

const padded = (length: number): number => (length + 3) & ~3;
