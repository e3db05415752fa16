import { isKey, publicKeyFor } from '../devices/wireguard/key.ts';
import { type Peer, Wireguard } from '../devices/wireguard/wireguard.ts';
import type { Namespace } from '../namespace.ts';
import type { WireguardCommand, WireguardKey, WireguardPeerSpec } from '../wireguard-commands.ts';
import { deviceOf, refusal } from './refuse.ts';

type Configuration = Exclude<WireguardCommand, { op: 'remove-peer' }>;

const MAX_PORT = 65_535;

/** `wg setconf`, `addconf` and `set … remove`. Throws ENODEV, EOPNOTSUPP, EINVAL, EADDRINUSE. */
export function configureWireguard(namespace: Namespace, command: WireguardCommand): void {
  const device = deviceOf(namespace, command, command.dev);
  if (!(device instanceof Wireguard)) {
    throw refusal(command, 'EOPNOTSUPP', `${command.dev} is no WireGuard device`);
  }
  if (command.op === 'remove-peer') {
    removePeer(device, command.peer);
    return;
  }
  check(namespace, command, device);
  const anew = command.op === 'setconf';
  setKeys(device, command);
  if (anew || command.fwmark !== undefined) device.fwmark = command.fwmark ?? 0;
  const { listenPort } = command;
  if ((anew || listenPort !== undefined) && (listenPort ?? 0) !== device.listenPort) {
    device.listenOn(listenPort ?? 0);
  }
  if (anew) for (const key of [...device.peers.keys()]) removePeer(device, key);
  for (const peer of command.peers) setPeer(device, peer);
}

function check(namespace: Namespace, command: Configuration, device: Wireguard): void {
  const { privateKey, publicKey, listenPort = 0, peers } = command;
  const keys = peers.flatMap((peer) => [peer.publicKey, peer.presharedKey]);
  for (const key of [privateKey, publicKey, ...keys]) {
    if (key !== undefined && !isKey(key)) throw refusal(command, 'EINVAL', `"${key}" is no key`);
  }
  const ports = [listenPort, ...peers.map(({ endpoint }) => endpoint?.port ?? 0)];
  for (const port of ports) {
    if (Number.isInteger(port) && port >= 0 && port <= MAX_PORT) continue;
    throw refusal(command, 'EINVAL', `${port} is no port`);
  }
  const taken = device.up && listenPort !== 0 && listenPort !== device.listenPort;
  if (taken && namespace.sockets.hasUdp(listenPort)) {
    throw refusal(command, 'EADDRINUSE', `Address already in use: UDP port ${listenPort}`);
  }
}

function setKeys(device: Wireguard, { op, privateKey, publicKey }: Configuration): void {
  const own = privateKey === undefined ? publicKey : publicKeyFor(privateKey);
  if (own === undefined && op === 'addconf') return;
  device.privateKey = privateKey;
  device.publicKey = own;
  // Nobody is a peer of itself.
  if (own !== undefined) removePeer(device, own);
}

function removePeer(device: Wireguard, key: WireguardKey): void {
  const peer = device.peers.get(key);
  if (peer === undefined) return;
  device.allowed.takeAll(peer);
  device.peers.delete(key);
}

function setPeer(device: Wireguard, spec: WireguardPeerSpec): void {
  if (spec.publicKey === device.publicKey) return;
  const peer = device.peers.get(spec.publicKey) ?? newPeer(spec.publicKey);
  device.peers.set(spec.publicKey, peer);
  peer.presharedKey = spec.presharedKey ?? peer.presharedKey;
  peer.keepaliveSeconds = spec.keepaliveSeconds ?? peer.keepaliveSeconds;
  if (spec.endpoint !== undefined) {
    peer.endpoint = spec.endpoint;
    peer.heardOn = undefined;
  }
  device.allowed.takeAll(peer);
  for (const prefix of spec.allowedIps) device.allowed.give(prefix, peer);
}

const newPeer = (publicKey: WireguardKey): Peer => ({
  publicKey,
  presharedKey: undefined,
  keepaliveSeconds: undefined,
  endpoint: undefined,
  heardOn: undefined,
  allowedIps: [],
  counter: 0n,
});
