import { get8, get16, get32, getIpv6, put16, put32, putIpv6 } from './bytes.ts';
import { DecodeError, needBytes } from './decode-error.ts';
import type { Ipv6ExtensionHeader, Ipv6Packet } from './packet.ts';

/** The IPv6 header and the extension headers after it (RFC 8200). */
const FIXED_BYTES = 40;
const MOST_PAYLOAD_BYTES = 0xffff;
const AT = {
  versionToFlow: 0,
  payloadLength: 4,
  nextHeader: 6,
  hopLimit: 7,
  src: 8,
  dst: 24,
} as const;

const HOP_BY_HOP = 0;
const ROUTING = 43;
const FRAGMENT = 44;
const DESTINATION_OPTIONS = 60;
const FRAGMENT_BYTES = 8;

type Ipv6Header = Omit<Ipv6Packet, 'payload'>;

export const ipv6HeaderBytes = ({ extensions = [] }: Pick<Ipv6Packet, 'extensions'>): number =>
  extensions.reduce((sum, extension) => sum + 2 + extension.data.length, FIXED_BYTES);

/** Whether a packet with these extension headers is a part of another, so that its payload cannot be read. */
export const isIpv6Fragment = ({ extensions = [] }: Pick<Ipv6Packet, 'extensions'>): boolean =>
  // Offset and M flag. Both 0 is an atomic fragment (RFC 6946): whole after all.
  extensions.some(({ type, data }) => type === FRAGMENT && (get16(data, 0) & 0xfff9) !== 0);

/** `protocol` follows the last extension header; `length` is the whole packet's. Throws `DecodeError`. */
export const readIpv6Header = (
  bytes: Uint8Array,
): { header: Ipv6Header; protocol: number; payload: Uint8Array; length: number } => {
  needBytes('ipv6', bytes, FIXED_BYTES);
  const first = get32(bytes, AT.versionToFlow);
  if (first >>> 28 !== 6) throw new DecodeError('ipv6', `has version ${first >>> 28}`);
  const length = FIXED_BYTES + get16(bytes, AT.payloadLength);
  if (length > bytes.length) {
    throw new DecodeError('ipv6', `says ${length} bytes, ${bytes.length} are at hand`);
  }
  const header: Ipv6Header = {
    kind: 'ipv6',
    trafficClass: (first >>> 20) & 0xff,
    flowLabel: first & 0xf_ffff,
    hopLimit: get8(bytes, AT.hopLimit),
    src: getIpv6(bytes, AT.src),
    dst: getIpv6(bytes, AT.dst),
  };
  const rest = readExtensions(get8(bytes, AT.nextHeader), bytes.subarray(FIXED_BYTES, length));
  if (rest.extensions.length > 0) header.extensions = rest.extensions;
  return { header, protocol: rest.protocol, payload: rest.payload, length };
};

/** Writes the headers of a packet that fills `out`. Throws RangeError for lengths that no header can say. */
export const writeIpv6Header = (header: Ipv6Header, protocol: number, out: Uint8Array): void => {
  const payloadBytes = out.length - FIXED_BYTES;
  if (payloadBytes > MOST_PAYLOAD_BYTES) {
    throw new RangeError(`an IPv6 payload has at most 65535 bytes, not ${payloadBytes}`);
  }
  put32(
    out,
    AT.versionToFlow,
    (6 << 28) | ((header.trafficClass & 0xff) << 20) | (header.flowLabel & 0xf_ffff),
  );
  put16(out, AT.payloadLength, payloadBytes);
  out[AT.hopLimit] = header.hopLimit;
  putIpv6(out, AT.src, header.src);
  putIpv6(out, AT.dst, header.dst);
  let nextHeaderAt: number = AT.nextHeader;
  let at = FIXED_BYTES;
  for (const { type, data } of header.extensions ?? []) {
    const length = 2 + data.length;
    checkExtension(type, length);
    out[nextHeaderAt] = type;
    nextHeaderAt = at;
    out[at + 1] = type === FRAGMENT ? 0 : length / 8 - 1;
    out.set(data, at + 2);
    at += length;
  }
  out[nextHeaderAt] = protocol;
};

const isExtension = (type: number): boolean =>
  type === HOP_BY_HOP || type === ROUTING || type === FRAGMENT || type === DESTINATION_OPTIONS;

const readExtensions = (
  first: number,
  bytes: Uint8Array,
): { extensions: Ipv6ExtensionHeader[]; protocol: number; payload: Uint8Array } => {
  const extensions: Ipv6ExtensionHeader[] = [];
  let protocol = first;
  let payload = bytes;
  // Behind the header of a fragment comes a piece of the packet: its own headers are cut off or another's.
  while (isExtension(protocol) && !isIpv6Fragment({ extensions })) {
    needBytes('ipv6 extension', payload, 2);
    const length = protocol === FRAGMENT ? FRAGMENT_BYTES : (get8(payload, 1) + 1) * 8;
    needBytes('ipv6 extension', payload, length);
    extensions.push({ type: protocol, data: payload.subarray(2, length) });
    protocol = get8(payload, 0);
    payload = payload.subarray(length);
  }
  return { extensions, protocol, payload };
};

const checkExtension = (type: number, length: number): void => {
  const fits = type === FRAGMENT ? length === FRAGMENT_BYTES : length % 8 === 0 && length <= 2048;
  if (!isExtension(type))
    throw new RangeError(`${type} is no IPv6 extension header of a known form`);
  if (!fits || length < 8) {
    throw new RangeError(`an IPv6 extension header of type ${type} cannot have ${length} bytes`);
  }
};
