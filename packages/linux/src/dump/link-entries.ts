import { BROADCAST_MAC, formatIp, formatMac } from '@podpath/net';
import type { Device } from '../core.ts';
import { Bridge } from '../devices/bridge.ts';
import { IpTunnel } from '../devices/ip-tunnel.ts';
import type { Namespace } from '../namespace.ts';
import {
  devicesOf,
  flagsOf,
  infoKind,
  linkType,
  lowerFields,
  type NamespaceNumbers,
  operationalState,
} from './device-facts.ts';
import { linkData } from './link-data.ts';
import { portData } from './port-data.ts';

/**
 * `ip -json -details link`. Queue and offload sizes, MTU limits and counts of promiscuous listeners are left out, as are
 * spanning tree and multicast snooping of bridges; `qdisc`, `linkmode`, `group` and `txqlen` are the kernel's usual ones.
 */
export const linkEntries = (namespace: Namespace, numbers: NamespaceNumbers): readonly object[] =>
  devicesOf(namespace).map((device) => ({
    ...headOf(namespace, device, numbers, { linkmode: 'DEFAULT' }),
    ...infoOf(device),
    inet6_addr_gen_mode: GENERATION_MODES[device.ipv6.addr_gen_mode],
  }));

/** What `ip address` says of a device before its addresses, and `ip link` with one field more. */
export function headOf(
  namespace: Namespace,
  device: Device,
  numbers: NamespaceNumbers,
  mode: object,
): object {
  const { index, name, mtuBytes, up, master } = device;
  const lower = lowerFields(namespace, device, numbers);
  return {
    ifindex: index,
    ...lower.index,
    ...lower.name,
    ifname: name,
    flags: flagsOf(namespace, device),
    mtu: mtuBytes,
    qdisc: up || device.type === 'lo' ? 'noqueue' : 'noop',
    master: master?.name,
    operstate: operationalState(namespace, device),
    ...mode,
    group: 'default',
    txqlen: 1000,
    link_type: linkType(device),
    ...hardwareAddress(device),
    ...lower.id,
  };
}

function hardwareAddress(device: Device): object {
  if (!(device instanceof IpTunnel)) {
    if (!device.isEthernet) return {};
    const broadcast = device.type === 'lo' ? 0 : BROADCAST_MAC;
    return { address: formatMac(device.mac), broadcast: formatMac(broadcast) };
  }
  const none = device.type === 'ip6tnl' ? 0n : 0;
  const { local = none, remote } = device.settings;
  return {
    address: formatIp(local),
    ...(remote === undefined ? {} : { link_pointtopoint: true }),
    broadcast: formatIp(remote ?? none),
  };
}

const GENERATION_MODES: Readonly<Record<number, string>> = {
  0: 'eui64',
  1: 'none',
  2: 'stable_secret',
  3: 'random',
};

function infoOf(device: Device): object {
  const kind = infoKind(device);
  const port = device.master instanceof Bridge ? device.master.portOf(device) : undefined;
  if (kind === undefined && port === undefined) return {};
  const slave =
    port === undefined ? {} : { info_slave_kind: 'bridge', info_slave_data: portData(port) };
  return { linkinfo: { info_kind: kind, info_data: linkData(device), ...slave } };
}
