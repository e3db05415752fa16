import { get8, getIpv6, getMac, putIpv6, putMac } from './bytes.ts';
import type { NeighbourDiscovery } from './packet.ts';

/** The bodies of neighbour solicitations and advertisements (RFC 4861, sections 4.3, 4.4 and 4.6.1). */
const SOLICITATION = 135;
const ADVERTISEMENT = 136;
const TARGET_BYTES = 16;
const SOURCE_LINK_ADDRESS = 1;
const TARGET_LINK_ADDRESS = 2;
/** Type, length and a MAC. Lengths count units of 8 bytes. */
const LINK_ADDRESS_BYTES = 8;
const OPTION_AT = { type: 0, length: 1, value: 2 } as const;

export const ndpLength = (body: NeighbourDiscovery): number =>
  TARGET_BYTES +
  (body.sourceLinkAddress === undefined ? 0 : LINK_ADDRESS_BYTES) +
  (body.targetLinkAddress === undefined ? 0 : LINK_ADDRESS_BYTES) +
  (body.otherOptions?.length ?? 0);

/** Undefined for other messages and for bodies that RFC 4861 has receivers discard. Never throws. */
export const readNdp = (
  type: number,
  code: number,
  bytes: Uint8Array,
): NeighbourDiscovery | undefined => {
  if ((type !== SOLICITATION && type !== ADVERTISEMENT) || code !== 0) return undefined;
  if (bytes.length < TARGET_BYTES) return undefined;
  const body: NeighbourDiscovery = { kind: 'ndp', target: getIpv6(bytes, 0) };
  const others: number[] = [];
  for (let rest = bytes.subarray(TARGET_BYTES); rest.length > 0; ) {
    const length = get8(rest, OPTION_AT.length) * 8;
    if (length === 0 || length > rest.length) return undefined;
    if (!takeLinkAddress(body, rest, length)) others.push(...rest.subarray(0, length));
    rest = rest.subarray(length);
  }
  if (others.length > 0) body.otherOptions = Uint8Array.from(others);
  return body;
};

/** Fills `out`; link addresses come first. */
export const writeNdp = (body: NeighbourDiscovery, out: Uint8Array): void => {
  putIpv6(out, 0, body.target);
  let at = TARGET_BYTES;
  for (const [type, mac] of [
    [SOURCE_LINK_ADDRESS, body.sourceLinkAddress],
    [TARGET_LINK_ADDRESS, body.targetLinkAddress],
  ] as const) {
    if (mac === undefined) continue;
    out[at + OPTION_AT.type] = type;
    out[at + OPTION_AT.length] = LINK_ADDRESS_BYTES / 8;
    putMac(out, at + OPTION_AT.value, mac);
    at += LINK_ADDRESS_BYTES;
  }
  if (body.otherOptions !== undefined) out.set(body.otherOptions, at);
};

/** Takes the first link address of each sort in; says whether it did. */
const takeLinkAddress = (body: NeighbourDiscovery, option: Uint8Array, length: number): boolean => {
  if (length !== LINK_ADDRESS_BYTES) return false;
  const type = get8(option, OPTION_AT.type);
  const mac = getMac(option, OPTION_AT.value);
  if (type === SOURCE_LINK_ADDRESS && body.sourceLinkAddress === undefined) {
    body.sourceLinkAddress = mac;
    return true;
  }
  if (type === TARGET_LINK_ADDRESS && body.targetLinkAddress === undefined) {
    body.targetLinkAddress = mac;
    return true;
  }
  return false;
};
