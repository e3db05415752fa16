import { createHash } from 'node:crypto';
import { formatMac, type Mac } from '@podpath/net';

/**
 * A peer of the mesh: 48 bits, written like a MAC address, and the MAC address that the peer's
 * bridge gets. Peers are ordered by value.
 */
export type PeerName = Mac;

const OCTETS = 6;
const SALT = '9oBJ0Jmip-';

/**
 * Reads a peer name: one or two hexadecimal digits an octet, either case, and at most one `::` that
 * stands for two or more octets of zero (mesh, peer_name_mac.go). `undefined` for any other text.
 */
export const parsePeerName = (text: string): PeerName | undefined => {
  const [head = '', tail, ...more] = text.split('::');
  if (more.length > 0) return undefined;
  const before = octetsOf(head);
  const after = octetsOf(tail ?? '');
  if (before === undefined || after === undefined) return undefined;
  const missing = OCTETS - before.length - after.length;
  if (tail === undefined ? missing !== 0 : missing < 2) return undefined;
  const octets = [...before, ...new Array<number>(missing).fill(0), ...after];
  return octets.reduce((value, octet) => value * 256 + octet, 0);
};

/** Two lower-case digits an octet. */
export const formatPeerName = (name: PeerName): string => formatMac(name);

/**
 * The name that a machine's identity gives it: a salted hash, marked as a locally administered
 * unicast MAC address. `identity` is the content of `/etc/machine-id` followed by that of the DMI
 * `product_uuid`, line ends included (weave, net/uuid.go and net/mac.go).
 */
export const peerNameOfMachine = (identity: Uint8Array | string): PeerName => {
  const digest = createHash('sha256').update(SALT).update(identity).digest();
  digest.writeUInt8((digest.readUInt8(0) & 0xfe) | 0x02, 0);
  return digest.readUIntBE(0, OCTETS);
};

/**
 * The name that an emulated node gets. Manifests know no machine-id, so the node's own name stands in
 * for it: the same input always gives the same mesh, but not the names that the real machines have.
 */
export const peerNameOfNode = (nodeName: string): PeerName => peerNameOfMachine(nodeName);

const octetsOf = (text: string): number[] | undefined => {
  if (text === '') return [];
  const parts = text.split(':');
  if (!parts.every((part) => /^[0-9a-fA-F]{1,2}$/.test(part))) return undefined;
  return parts.map((part) => Number.parseInt(part, 16));
};
