import type { WireguardCommand, WireguardPeerSpec } from '../wireguard-commands.ts';
import { meaningfulLines } from './located.ts';
import { ParseError, type Place, shown } from './parse-error.ts';
import {
  readEnd,
  readKeepalive,
  readKey,
  readMark,
  readPort,
  readPrefixes,
} from './wireguard-fields.ts';

export type WireguardSetup = Exclude<WireguardCommand, { readonly op: 'remove-peer' }>;

const DEVICE_FIELDS = 5;
const PEER_FIELDS = 9;
const NONE = '(none)';
/** What the collecting script writes in place of a private key. */
const HIDDEN = '(hidden)';

/**
 * Reads `wg show all dump`: a configuration for each device, its peers with it. Private keys may be hidden. Throws
 * ParseError.
 */
export function parseWireguardDump(text: string, file: string): readonly WireguardSetup[] {
  const found = new Map<string, WireguardSetup & { readonly peers: WireguardPeerSpec[] }>();
  for (const { line, value } of meaningfulLines(text)) {
    const place = { file, line };
    const fields = value.split('\t').map((field) => field.trim());
    const [dev = ''] = fields;
    const device = found.get(dev);
    if (fields.length === DEVICE_FIELDS && device === undefined) {
      found.set(dev, deviceOf(fields, place));
    } else if (fields.length === PEER_FIELDS && device !== undefined) {
      device.peers.push(peerOf(fields, place));
    } else {
      throw new ParseError(
        place,
        `${shown(value)} tells of neither a device nor a peer of one before it`,
        `${DEVICE_FIELDS} fields for a device, then ${PEER_FIELDS} for each of its peers, between tabs`,
      );
    }
  }
  return [...found.values()];
}

function deviceOf(
  [dev = '', privateKey = '', publicKey = '', port = '', mark = '']: readonly string[],
  place: Place,
): WireguardSetup & { readonly peers: WireguardPeerSpec[] } {
  const hidden = privateKey === HIDDEN || privateKey === NONE;
  return {
    kind: 'wireguard',
    op: 'setconf',
    dev,
    ...(hidden ? {} : { privateKey: readKey(privateKey, place) }),
    ...(publicKey === NONE || !hidden ? {} : { publicKey: readKey(publicKey, place) }),
    listenPort: readPort(port, place),
    fwmark: readMark(mark, place),
    peers: [],
  };
}

function peerOf(fields: readonly string[], place: Place): WireguardPeerSpec {
  const [, publicKey = '', presharedKey = '', endpoint = '', allowedIps = ''] = fields;
  const keepaliveSeconds = readKeepalive(fields.at(-1) ?? '', place);
  const isShared = presharedKey !== NONE && presharedKey !== HIDDEN;
  return {
    publicKey: readKey(publicKey, place),
    ...(isShared ? { presharedKey: readKey(presharedKey, place) } : {}),
    allowedIps: allowedIps === NONE ? [] : readPrefixes(allowedIps, place),
    ...(endpoint === NONE ? {} : { endpoint: readEnd(endpoint, place) }),
    ...(keepaliveSeconds === undefined ? {} : { keepaliveSeconds }),
  };
}
