import type { SysctlSet } from '../commands.ts';
import { startIpv6 } from '../devices/addresses.ts';
import { forwardingChanged } from '../devices/anycast.ts';
import { removeIpv6 } from '../devices/link-state.ts';
import type { Namespace } from '../namespace.ts';
import { type ConfKey, parseConfKey } from '../sysctls.ts';
import { refusal } from './refuse.ts';

/** `sysctl -w`. Throws ENOENT for keys that the kernel does not have. */
export function setSysctl(namespace: Namespace, command: SysctlSet): void {
  const { key, value } = command;
  const { sysctls } = namespace;
  if (key === 'net.ipv4.ip_forward') {
    forwardIpv4(namespace, value);
    return;
  }
  const conf = parseConfKey(key);
  if (conf?.family === 4 && conf.name === 'forwarding' && conf.scope === 'all') {
    forwardIpv4(namespace, value);
    return;
  }
  if (!sysctls.set(key, value)) throw refusal(command, 'ENOENT', `there is no sysctl ${key}`);
  if (conf === undefined) return;
  if (conf.family === 6 && conf.name === 'forwarding' && conf.scope === 'all') {
    sysctls.ipv6Default.forwarding = value;
    for (const device of namespace.devices.values()) device.ipv6.forwarding = value;
  }
  if (conf.family === 6 && conf.name === 'forwarding') {
    for (const device of namespace.devices.values()) {
      if (conf.scope === 'all' || conf.scope === device.name) forwardingChanged(namespace, device);
    }
  }
  if (conf.family === 6 && conf.name === 'disable_ipv6') disableIpv6(namespace, conf, value);
}

/** Forwarding for all is forwarding for each, and a router does not take redirects (`inet_forward_change`). */
function forwardIpv4(namespace: Namespace, value: number): void {
  const { ipv4All, ipv4Default } = namespace.sysctls;
  const on = value === 0 ? 0 : 1;
  // To say again what holds for all changes nothing for those that differ.
  if (ipv4All.forwarding === on) return;
  ipv4All.forwarding = on;
  ipv4All.accept_redirects = 1 - on;
  ipv4Default.forwarding = on;
  for (const device of namespace.devices.values()) device.ipv4.forwarding = on;
}

function disableIpv6(namespace: Namespace, { scope }: ConfKey, value: number): void {
  if (scope === 'all') namespace.sysctls.ipv6Default.disable_ipv6 = value;
  for (const device of namespace.devices.values()) {
    if (scope !== 'all' && device.name !== scope) continue;
    device.ipv6.disable_ipv6 = value;
    if (value === 0) {
      startIpv6(namespace, device);
      continue;
    }
    removeIpv6(namespace, device);
  }
}
