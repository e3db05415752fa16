import { formatIp, formatPrefix, type Ip } from '@podpath/net';
import type {
  WireguardCommand,
  WireguardConfiguration,
  WireguardPeerSpec,
} from '../wireguard-commands.ts';

/** Ends a configuration in the text of a shell. */
export const END_OF_CONFIGURATION = 'END';

/** A command as a shell takes it, a configuration with it; whole lines. */
export function formatWireguardCommand(command: WireguardCommand): string {
  const { dev } = command;
  if (command.op === 'remove-peer') return `wg set ${dev} peer ${command.peer} remove\n`;
  const first = `wg ${command.op} ${dev} /dev/stdin <<${END_OF_CONFIGURATION}`;
  return `${first}\n${formatConfiguration(command)}${END_OF_CONFIGURATION}\n`;
}

/** As `wg showconf` prints it. */
function formatConfiguration(command: WireguardConfiguration): string {
  const { privateKey, publicKey, listenPort, fwmark, peers } = command;
  const lines = ['[Interface]'];
  if (listenPort !== undefined) lines.push(`ListenPort = ${listenPort}`);
  if (fwmark !== undefined) lines.push(`FwMark = 0x${fwmark.toString(16)}`);
  if (privateKey !== undefined) lines.push(`PrivateKey = ${privateKey}`);
  // No setting that a file could make, but all that is known where the private key is kept back.
  if (publicKey !== undefined) lines.push(`# PublicKey = ${publicKey}`);
  return [lines, ...peers.map(peerLines)].map((part) => `${part.join('\n')}\n`).join('\n');
}

function peerLines(peer: WireguardPeerSpec): readonly string[] {
  const { publicKey, presharedKey, allowedIps, endpoint, keepaliveSeconds } = peer;
  return [
    '[Peer]',
    `PublicKey = ${publicKey}`,
    ...(presharedKey === undefined ? [] : [`PresharedKey = ${presharedKey}`]),
    ...(allowedIps.length === 0 ? [] : [`AllowedIPs = ${allowedIps.map(formatPrefix).join(', ')}`]),
    ...(endpoint === undefined ? [] : [`Endpoint = ${endText(endpoint)}`]),
    ...(keepaliveSeconds === undefined ? [] : [`PersistentKeepalive = ${keepaliveSeconds}`]),
  ];
}

/** An address and a port. */
export const endText = ({
  address,
  port,
}: {
  readonly address: Ip;
  readonly port: number;
}): string =>
  typeof address === 'number' ? `${formatIp(address)}:${port}` : `[${formatIp(address)}]:${port}`;
