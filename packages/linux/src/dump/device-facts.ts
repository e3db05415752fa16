import type { Device } from '../core.ts';
import { Bridge } from '../devices/bridge.ts';
import { IpTunnel } from '../devices/ip-tunnel.ts';
import { Opaque } from '../devices/opaque.ts';
import { Veth } from '../devices/veth.ts';
import type { Namespace } from '../namespace.ts';

/** Where a number for another namespace comes from. */
export type NamespaceNumbers = (namespace: string) => number;

/** Devices by index, as every tool lists them. */
export const devicesOf = (namespace: Namespace): readonly Device[] =>
  [...namespace.devices.values()].sort((a, b) => a.index - b.index);

/** What the device hangs on, as iproute2 names it: here by name, in another namespace by index and that one's number. */
export function lowerFields(
  namespace: Namespace,
  device: Device,
  numberOf: NamespaceNumbers,
): { readonly index?: object; readonly name?: object; readonly id?: object } {
  if (device instanceof IpTunnel) {
    return { name: { link: device.settings.underlay?.name ?? null } };
  }
  const peer = device instanceof Veth ? device.peer : undefined;
  if (peer === undefined) return {};
  if (peer.namespace === namespace.name) return { name: { link: peer.name } };
  return { index: { link_index: peer.index }, id: { link_netnsid: numberOf(peer.namespace) } };
}

/** Flags in the order of iproute2's `print_link_flags`. */
export function flagsOf(namespace: Namespace, device: Device): readonly string[] {
  const { up, carrier } = device;
  return [
    ...(up && !carrier ? ['NO-CARRIER'] : []),
    ...kindFlags(device),
    ...(up ? ['UP'] : []),
    ...(up && carrier ? ['LOWER_UP'] : []),
    ...(lowerOf(namespace, device)?.up === false ? ['M-DOWN'] : []),
  ];
}

function kindFlags(device: Device): readonly string[] {
  switch (device.type) {
    case 'lo':
      return ['LOOPBACK'];
    case 'dummy':
      return ['BROADCAST', 'NOARP'];
    case 'wireguard':
      return ['POINTOPOINT', 'NOARP'];
    case 'tun':
      return device.isEthernet ? ['BROADCAST', 'MULTICAST'] : ['POINTOPOINT', 'MULTICAST', 'NOARP'];
    case 'ipip':
    case 'sit':
    case 'ip6tnl':
      return [...(isPointToPoint(device) ? ['POINTOPOINT'] : []), 'NOARP'];
    default:
      return ['BROADCAST', 'MULTICAST'];
  }
}

const isPointToPoint = (device: Device): boolean =>
  device instanceof IpTunnel && device.settings.remote !== undefined;

/** The device of this namespace that it hangs on. */
function lowerOf({ name }: Namespace, device: Device): Device | undefined {
  if (device instanceof IpTunnel) return device.settings.underlay;
  const peer = device instanceof Veth ? device.peer : undefined;
  return peer?.namespace === name ? peer : undefined;
}

/** RFC 2863's operational state. Devices that never tell of their carrier are in none that is known. */
export function operationalState(namespace: Namespace, device: Device): string {
  if (!device.up) return 'DOWN';
  if (device.carrier) return tellsOfCarrier(device) ? 'UP' : 'UNKNOWN';
  return lowerOf(namespace, device)?.carrier === false ? 'LOWERLAYERDOWN' : 'DOWN';
}

const tellsOfCarrier = (device: Device): boolean => {
  if (device instanceof Bridge) return [...device.ports].length > 0;
  return device.type === 'veth' || device.type === 'tun' || device.type === 'opaque';
};

/** ARPHRD names of iproute2 (`ll_type_n2a`). */
const LINK_TYPES = {
  lo: 'loopback',
  ipip: 'ipip',
  sit: 'sit',
  ip6tnl: 'tunnel6',
  wireguard: 'none',
} as const;

export function linkType({ type, isEthernet }: Device): string {
  if (type === 'tun') return isEthernet ? 'ether' : 'none';
  return type === 'lo' ||
    type === 'ipip' ||
    type === 'sit' ||
    type === 'ip6tnl' ||
    type === 'wireguard'
    ? LINK_TYPES[type]
    : 'ether';
}

/** What `ip link` calls the kind of a device; it has none for `lo`. */
export function infoKind(device: Device): string | undefined {
  if (device instanceof Opaque) return device.what;
  return device.type === 'lo' ? undefined : device.type;
}
