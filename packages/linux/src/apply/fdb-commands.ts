import { familyOf, isMulticastMac } from '@podpath/net';
import type { FdbChange } from '../commands.ts';
import type { Device } from '../core.ts';
import { Bridge } from '../devices/bridge.ts';
import { Vxlan } from '../devices/vxlan.ts';
import type { Namespace } from '../namespace.ts';
import { deviceOf, refusal } from './refuse.ts';

/** `bridge fdb append|replace|delete`. Throws ENODEV, ENOENT, EINVAL, EPERM, EOPNOTSUPP. */
export function changeFdb(namespace: Namespace, command: FdbChange): void {
  const device = deviceOf(namespace, command, command.dev);
  if (device instanceof Vxlan && command.dst !== undefined) {
    changeVxlan(namespace, command, device, command.dst);
    return;
  }
  if (device instanceof Vxlan && command.kind === 'fdb-delete' && device.master === undefined) {
    if (device.fdb.get(command.mac, namespace.nowMs) === undefined) {
      throw refusal(command, 'ENOENT', 'no such entry');
    }
    device.fdb.delete(command.mac);
    return;
  }
  // With `self` any other device takes the entry, as an address that it listens to, to no effect here.
  if (command.dst === undefined) changeBridge(namespace, command, device);
}

/** `vxlan_fdb_update` and `__vxlan_fdb_delete` (drivers/net/vxlan/vxlan_core.c). */
function changeVxlan(
  namespace: Namespace,
  command: FdbChange,
  device: Vxlan,
  dst: NonNullable<FdbChange['dst']>,
): void {
  const { mac } = command;
  const now = namespace.nowMs;
  const entry = device.fdb.get(mac, now);
  if (command.kind === 'fdb-delete') {
    if (entry === undefined) throw refusal(command, 'ENOENT', 'no such entry');
    const index = entry.remotes.indexOf(dst);
    // Of an entry that does not have this remote, the kernel deletes nothing, and says nothing.
    if (index >= 0) entry.remotes.splice(index, 1);
    if (entry.remotes.length === 0) device.fdb.delete(mac);
    return;
  }
  // Frames for groups, and those without an entry, go to many; for one host there is one place.
  const many = mac === 0 || isMulticastMac(mac);
  const { life } = command;
  if (familyOf(dst) !== device.family) {
    throw refusal(command, 'EAFNOSUPPORT', `${device.name} is of the other address family`);
  }
  if (command.kind === 'fdb-replace' && many) {
    throw refusal(command, 'EOPNOTSUPP', 'Cannot replace an entry for many');
  }
  if (entry === undefined) {
    device.fdb.set({ mac, remotes: [dst], life, updatedMs: now });
    return;
  }
  entry.life = life;
  entry.updatedMs = now;
  if (command.kind === 'fdb-replace') entry.remotes.splice(0, entry.remotes.length, dst);
  else if (many && !entry.remotes.includes(dst)) entry.remotes.push(dst);
}

/** `br_fdb_add` and `br_fdb_delete` (net/bridge/br_fdb.c). */
function changeBridge(namespace: Namespace, command: FdbChange, device: Device): void {
  const bridge = device.master;
  const port = bridge instanceof Bridge ? bridge.portOf(device) : undefined;
  if (!(bridge instanceof Bridge) || port === undefined) {
    throw refusal(command, 'EOPNOTSUPP', `${device.name} is no port of a bridge`);
  }
  const { mac } = command;
  if (command.kind === 'fdb-delete') {
    const entry = bridge.fdb.get(mac, namespace.nowMs);
    if (entry?.port !== port) throw refusal(command, 'ENOENT', 'no such entry');
    bridge.fdb.delete(mac);
    return;
  }
  if (mac === 0 || isMulticastMac(mac)) throw refusal(command, 'EINVAL', 'invalid address');
  const { life } = command;
  if (life === 'dynamic' && port.state !== 'forwarding' && port.state !== 'learning') {
    throw refusal(command, 'EPERM', 'Operation not permitted: the port does not learn');
  }
  bridge.fdb.set({ mac, port, life, updatedMs: namespace.nowMs });
}
