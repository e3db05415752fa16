import { formatPrefix } from '@podpath/net';
import type { Device } from '../core.ts';
import { type Peer, Wireguard } from '../devices/wireguard/wireguard.ts';
import { endText } from './wireguard-text.ts';

/** Devices and their peers, a line each, fields between tabs: as `wg show all dump` prints them. */
export const wireguardDump = (devices: readonly Device[]): string =>
  devices
    .filter((device) => device instanceof Wireguard)
    .flatMap((device) => [
      deviceFields(device),
      ...[...device.peers.values()].map((peer) => peerFields(device.name, peer)),
    ])
    .map((fields) => `${fields.join('\t')}\n`)
    .join('');

const NONE = '(none)';

const deviceFields = (device: Wireguard): readonly (string | number)[] => [
  device.name,
  device.privateKey ?? NONE,
  device.publicKey ?? NONE,
  device.listenPort,
  device.fwmark === 0 ? 'off' : `0x${device.fwmark.toString(16)}`,
];

/** When hands were last shaken, and bytes both ways, are not kept. */
const UNKNOWN = [0, 0, 0] as const;

function peerFields(device: string, peer: Peer): readonly (string | number)[] {
  const { publicKey, presharedKey, endpoint, allowedIps, keepaliveSeconds } = peer;
  return [
    device,
    publicKey,
    presharedKey ?? NONE,
    endpoint === undefined ? NONE : endText(endpoint),
    allowedIps.length === 0 ? NONE : allowedIps.map(formatPrefix).join(','),
    ...UNKNOWN,
    keepaliveSeconds ?? 'off',
  ];
}
