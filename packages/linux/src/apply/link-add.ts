import { isMulticastMac, type Mac } from '@podpath/net';
import type { LinkAdd } from '../commands.ts';
import type { Device, DeviceIdentity } from '../core.ts';
import { Bridge } from '../devices/bridge.ts';
import { Dummy } from '../devices/dummy.ts';
import { IPIP_OVERHEAD_BYTES, Ipip } from '../devices/ipip.ts';
import { Loopback } from '../devices/loopback.ts';
import { Opaque } from '../devices/opaque.ts';
import { Veth } from '../devices/veth.ts';
import { VXLAN_OVERHEAD_BYTES, Vxlan } from '../devices/vxlan.ts';
import type { Namespace } from '../namespace.ts';
import { receiveFrame } from '../walk/receive.ts';
import { deviceOf, refusal } from './refuse.ts';

const DEFAULT_MTU_BYTES = 1500;
const LOOPBACK_MTU_BYTES = 65_536;
const MIN_MTU_BYTES = 68;
/** `IFNAMSIZ` without the terminating zero. */
const MAX_NAME_LENGTH = 15;
const AGEING_MS = 300_000;
const MAX_TTL = 255;
const MAX_VNI = 0xff_ffff;

export function addLoopback(namespace: Namespace): void {
  const identity = { ...identityOf(namespace, 'lo', undefined, LOOPBACK_MTU_BYTES), mac: 0 };
  const lo = new Loopback(identity, namespace.kernel.queue);
  lo.carrier = true;
  attach(namespace, lo);
}

/** `ip link add`. Throws EEXIST, EINVAL, ENODEV, EADDRNOTAVAIL. */
export function addLink(namespace: Namespace, command: LinkAdd): void {
  checkName(namespace, command, command.name);
  checkMac(command, command.mac);
  checkMtu(command, command.mtuBytes);
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
      addIpip(namespace, command);
      return;
    case 'dummy':
      attach(
        namespace,
        new Dummy(identityOf(namespace, command.name, command.mac, command.mtuBytes)),
      );
      return;
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
  checkMtu(command, peer.mtuBytes);
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

function addVxlan(namespace: Namespace, command: Extract<LinkAdd, { type: 'vxlan' }>): void {
  const { vni, port, local, learning } = command;
  if (!Number.isInteger(vni) || vni < 0 || vni > MAX_VNI) {
    throw refusal(command, 'ERANGE', `VNI ${vni} does not fit 24 bits`);
  }
  const underlay =
    command.dev === undefined ? undefined : deviceOf(namespace, command, command.dev);
  const family = typeof local === 'bigint' ? 6 : 4;
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
  attach(namespace, new Vxlan(identity, { vni, port, local, learning, underlay }, namespace));
}

function addIpip(namespace: Namespace, command: Extract<LinkAdd, { type: 'ipip' }>): void {
  const { local, remote, dev, ttl = 0, pathMtuDiscovery = true } = command;
  const underlay = dev === undefined ? undefined : deviceOf(namespace, command, dev);
  if (!Number.isInteger(ttl) || ttl < 0 || ttl > MAX_TTL) {
    throw refusal(command, 'EINVAL', `"ttl" ${ttl} is not from 0 to 255`);
  }
  // A time to live of its own keeps a tunnel from carrying itself for ever, but hides how far it is.
  if (ttl !== 0 && !pathMtuDiscovery) {
    throw refusal(command, 'EINVAL', 'a fixed ttl needs path MTU discovery');
  }
  for (const { settings: other } of namespace.sockets.ipTunnels) {
    if (other.local === local && other.remote === remote && other.underlay === underlay) {
      throw refusal(command, 'EEXIST', 'File exists: a tunnel with the same ends');
    }
  }
  const room = (underlay?.mtuBytes ?? DEFAULT_MTU_BYTES) - IPIP_OVERHEAD_BYTES;
  const identity = identityOf(namespace, command.name, 0, command.mtuBytes ?? room);
  const tunnel = new Ipip(identity, { local, remote, underlay, ttl, pathMtuDiscovery }, namespace);
  attach(namespace, tunnel);
  namespace.sockets.ipTunnels.add(tunnel);
}

function identityOf(
  namespace: Namespace,
  name: string,
  mac: Mac | undefined,
  mtuBytes: number | undefined,
): DeviceIdentity {
  const { sysctls, kernel } = namespace;
  return {
    namespace: namespace.name,
    name,
    index: namespace.nextIndex(),
    mac: mac ?? kernel.random.mac(),
    mtuBytes: mtuBytes ?? DEFAULT_MTU_BYTES,
    ipv4: { ...sysctls.ipv4Default },
    ipv6: { ...sysctls.ipv6Default },
  };
}

function attach(namespace: Namespace, device: Device): void {
  device.receive = (packet) => receiveFrame(namespace, device, packet);
  namespace.devices.set(device.name, device);
}

function checkName(namespace: Namespace, command: LinkAdd, name: string): void {
  if (namespace.devices.has(name)) {
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

function checkMtu(command: LinkAdd, mtuBytes: number | undefined): void {
  if (mtuBytes !== undefined && mtuBytes < MIN_MTU_BYTES) {
    throw refusal(command, 'EINVAL', `mtu ${mtuBytes} less than device minimum`);
  }
}
