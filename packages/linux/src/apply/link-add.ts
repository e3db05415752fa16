import { isMulticastMac, type Mac } from '@podpath/net';
import type { LinkAdd } from '../commands.ts';
import { Bridge } from '../devices/bridge.ts';
import { Dummy } from '../devices/dummy.ts';
import { Loopback } from '../devices/loopback.ts';
import { Opaque } from '../devices/opaque.ts';
import { Tun } from '../devices/tun.ts';
import { Veth } from '../devices/veth.ts';
import { VXLAN_OVERHEAD_BYTES, Vxlan } from '../devices/vxlan.ts';
import { WIREGUARD_MTU_BYTES, Wireguard } from '../devices/wireguard/wireguard.ts';
import type { Namespace } from '../namespace.ts';
import { isMulticast } from '../routing/address-kinds.ts';
import { checkMtu } from './check-mtu.ts';
import { attach, DEFAULT_MTU_BYTES, identityOf } from './new-device.ts';
import { deviceOf, refusal } from './refuse.ts';
import { addTunnel } from './tunnel-add.ts';

const LOOPBACK_MTU_BYTES = 65_536;
/** `IFNAMSIZ` without the terminating zero. */
const MAX_NAME_LENGTH = 15;
const AGEING_MS = 300_000;
const MAX_VNI = 0xff_ffff;

export function addLoopback(namespace: Namespace): void {
  const identity = { ...identityOf(namespace, 'lo', undefined, LOOPBACK_MTU_BYTES), mac: 0 };
  const lo = new Loopback(identity, namespace.kernel.queue);
  lo.carrier = true;
  attach(namespace, lo);
}

/** `ip link add`. Throws EEXIST, EBUSY, EINVAL, ENODEV, EADDRNOTAVAIL. */
export function addLink(namespace: Namespace, command: LinkAdd): void {
  checkName(namespace, command, command.name);
  checkMac(command, command.mac);
  if (command.mtuBytes !== undefined) checkMtu(command, command.mtuBytes);
  switch (command.type) {
    case 'bridge':
      addBridge(namespace, command);
      return;
    case 'veth':
      addVeth(namespace, command);
      return;
    case 'vxlan':
      addVxlan(namespace, command);
      return;
    case 'ipip':
    case 'sit':
    case 'ip6tnl':
      addTunnel(namespace, command);
      return;
    case 'wireguard': {
      const mtuBytes = command.mtuBytes ?? WIREGUARD_MTU_BYTES;
      const identity = identityOf(namespace, command.name, 0, mtuBytes);
      attach(namespace, new Wireguard(identity, namespace));
      return;
    }
    case 'dummy':
      attach(
        namespace,
        new Dummy(identityOf(namespace, command.name, command.mac, command.mtuBytes)),
      );
      return;
    case 'tun': {
      const { mode } = command;
      const mac = mode === 'tun' ? 0 : command.mac;
      const identity = identityOf(namespace, command.name, mac, command.mtuBytes);
      attach(namespace, new Tun(identity, mode, namespace.kernel.queue));
      return;
    }
    case 'opaque': {
      const identity = identityOf(namespace, command.name, command.mac, command.mtuBytes);
      attach(namespace, new Opaque(identity, command.deviceType));
    }
  }
}

function addBridge(namespace: Namespace, command: Extract<LinkAdd, { type: 'bridge' }>): void {
  const identity = identityOf(namespace, command.name, command.mac, command.mtuBytes);
  const settings = {
    ageingMs: command.ageingMs ?? AGEING_MS,
    macIsFixed: command.mac !== undefined,
  };
  attach(namespace, new Bridge(identity, settings, namespace));
}

function addVeth(namespace: Namespace, command: Extract<LinkAdd, { type: 'veth' }>): void {
  const { peer } = command;
  const { kernel } = namespace;
  const there = peer.namespace === undefined ? namespace : kernel.namespaces.get(peer.namespace);
  if (there === undefined) {
    throw refusal(command, 'EINVAL', `Invalid "netns" value "${peer.namespace}"`);
  }
  checkName(there, command, peer.name);
  if (there === namespace && peer.name === command.name) {
    throw refusal(command, 'EEXIST', 'both ends have the same name');
  }
  checkMac(command, peer.mac);
  if (peer.mtuBytes !== undefined) checkMtu(command, peer.mtuBytes);
  // The kernel makes the peer first.
  const far = new Veth(identityOf(there, peer.name, peer.mac, peer.mtuBytes), kernel.queue);
  attach(there, far);
  const near = new Veth(
    identityOf(namespace, command.name, command.mac, command.mtuBytes),
    kernel.queue,
  );
  attach(namespace, near);
  near.peer = far;
  far.peer = near;
}

const DEFAULT_AGEING_SECONDS = 300;

const vxlanSettings = (command: Extract<LinkAdd, { type: 'vxlan' }>) => ({
  vni: command.vni,
  port: command.port,
  local: command.local,
  remote: command.remote,
  learning: command.learning,
  ageingMs: (command.ageingSeconds ?? DEFAULT_AGEING_SECONDS) * 1000,
  sourcePorts: command.sourcePorts,
  ttl: command.ttl ?? 0,
  tos: command.tos ?? 0,
  df: command.df ?? ('unset' as const),
  flowLabel: command.flowLabel ?? 0,
  udpChecksum: command.udpChecksum ?? true,
  noUdpChecksumIpv6: command.noUdpChecksumIpv6 ?? false,
});

function checkVxlan(command: Extract<LinkAdd, { type: 'vxlan' }>): void {
  const { local, remote, sourcePorts } = command;
  if (local !== undefined && remote !== undefined && typeof local !== typeof remote) {
    throw refusal(command, 'EINVAL', 'both ends are of one address family');
  }
  if (remote !== undefined && isMulticast(remote)) {
    throw refusal(command, 'EINVAL', 'invalid remote address');
  }
  if (sourcePorts !== undefined && sourcePorts.last < sourcePorts.first) {
    throw refusal(command, 'EINVAL', 'Invalid source port range');
  }
}

function addVxlan(namespace: Namespace, command: Extract<LinkAdd, { type: 'vxlan' }>): void {
  const { vni, port, local, remote } = command;
  if (!Number.isInteger(vni) || vni < 0 || vni > MAX_VNI) {
    throw refusal(command, 'ERANGE', `VNI ${vni} does not fit 24 bits`);
  }
  checkVxlan(command);
  const underlay =
    command.dev === undefined ? undefined : deviceOf(namespace, command, command.dev);
  const family = typeof (local ?? remote) === 'bigint' ? 6 : 4;
  for (const other of namespace.devices.values()) {
    const same = other instanceof Vxlan && other.family === family;
    if (same && other.settings.vni === vni && other.settings.port === port) {
      throw refusal(command, 'EEXIST', 'A VXLAN device with the specified VNI already exists');
    }
  }
  const room =
    underlay === undefined ? undefined : underlay.mtuBytes - VXLAN_OVERHEAD_BYTES[family];
  const wanted = command.mtuBytes ?? room ?? DEFAULT_MTU_BYTES;
  const mtuBytes = room === undefined ? wanted : Math.min(wanted, room);
  const identity = identityOf(namespace, command.name, command.mac, mtuBytes);
  attach(namespace, new Vxlan(identity, { ...vxlanSettings(command), underlay }, namespace));
}

function checkName(namespace: Namespace, command: LinkAdd, name: string): void {
  if (namespace.devices.has(name)) {
    if (command.type === 'tun') throw refusal(command, 'EBUSY', 'Device or resource busy');
    throw refusal(command, 'EEXIST', `device "${name}" exists already`);
  }
  const valid = name !== '.' && name !== '..' && /^[^\s/:]+$/.test(name);
  if (!valid || name.length > MAX_NAME_LENGTH) {
    throw refusal(command, 'EINVAL', `"${name}" is no valid name (1 to 15 characters)`);
  }
}

function checkMac(command: LinkAdd, mac: Mac | undefined): void {
  if (mac === 0 || (mac !== undefined && isMulticastMac(mac))) {
    throw refusal(command, 'EADDRNOTAVAIL', 'Invalid device address');
  }
}
