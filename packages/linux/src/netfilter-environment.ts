import type { Ip } from '@podpath/net';
import { type Device, SocketBuffer } from './core.ts';
import type { Namespace } from './namespace.ts';
import type { NetfilterEnvironment } from './netfilter/netfilter.ts';
import type { PacketContext } from './netfilter/packet-context.ts';
import { isLinkLocal, staysOnLink } from './routing/address-kinds.ts';
import { addressType } from './routing/address-type.ts';
import { routeOutput } from './routing/output-route.ts';
import { routedBackBy } from './routing/reverse-path.ts';
import { routeDevice } from './routing/route-device.ts';
import { ERROR_TEXT } from './routing/route-error.ts';
import { Scope } from './routing/scope.ts';
import { selectIpv4, selectIpv6 } from './routing/source-address.ts';
import { watchEgress } from './walk/watch-egress.ts';

const LARGEST_PACKET_BYTES = 65_535;

/** What a namespace tells its netfilter. */
export function netfilterEnvironment(namespace: Namespace): NetfilterEnvironment {
  const deviceNamed = (name: string | undefined) =>
    name === undefined ? undefined : namespace.devices.get(name);
  return {
    nowMs: () => namespace.nowMs,
    random32: () => namespace.kernel.draw?.() ?? namespace.kernel.random.next32(),
    addressType: (address, device, bound) =>
      addressType(namespace, address, deviceNamed(device), bound),
    reversePathOk: (context, { loose, validMark }) => {
      const device = deviceNamed(context.inDevice);
      if (device === undefined) return true;
      const mark = validMark ? context.mark : 0;
      return routedBackBy(namespace, device, context.packet, { loose, mark });
    },
    masqueradeAddress: (context) => masqueradeAddress(namespace, context),
    redirectAddress: (context) => redirectAddress(namespace, context),
    pathMtuBytes: (context) => pathMtuBytes(namespace, context),
    unreachable: ({ packet, mark, outDevice }) => {
      const { src: from, dst: to } = packet;
      const device = staysOnLink(to) ? deviceNamed(outDevice) : undefined;
      const route = routeOutput(namespace, { to, from, device, mark });
      return route.kind === 'error' ? ERROR_TEXT[route.error] : undefined;
    },
    sysctl: (key) => namespace.sysctls.get(key),
    hasHadBridge: () => namespace.hasHadBridge,
    lookAtFrames: (does) => {
      namespace.looksAtFrames = does;
      for (const device of namespace.devices.values()) watchEgress(namespace, device);
    },
    deviceIndex: (name) => namespace.devices.get(name)?.index ?? 0,
    deviceName: (index) => {
      for (const device of namespace.devices.values()) {
        if (device.index === index) return device.name;
      }
      return undefined;
    },
    routeDevice: (context, hook, { address, mark, device }) => {
      const by = device === 'oif' ? context.outDevice : context.inDevice;
      return routeDevice(namespace, context.packet, {
        towards: address === 'saddr' ? 'source' : 'destination',
        mark: mark === true ? context.mark : 0,
        device: device === undefined ? undefined : deviceNamed(by),
        input: deviceNamed(context.inDevice),
        incoming: hook === 'PREROUTING' || hook === 'INPUT',
      })?.name;
    },
  };
}

/** An address of the device that the packet leaves by, best in the next hop's subnet (nf_nat_masquerade.c). */
function masqueradeAddress(namespace: Namespace, context: PacketContext): Ip | undefined {
  const device = namespace.devices.get(context.outDevice ?? '');
  if (device === undefined) return undefined;
  const { dst } = context.packet;
  if (typeof dst === 'bigint') return selectIpv6(namespace, device, dst);
  const gateway = context instanceof SocketBuffer ? context.route?.gateway : undefined;
  const nextHop = typeof gateway === 'number' ? gateway : dst;
  return selectIpv4(namespace, device, nextHop, Scope.GLOBAL);
}

/** The first address of the device that the packet came in by, of its family (nf_nat_redirect.c). */
function redirectAddress(namespace: Namespace, context: PacketContext): Ip | undefined {
  const device = namespace.devices.get(context.inDevice ?? '');
  const kind = typeof context.packet.dst;
  if (kind === 'number') {
    return device?.addresses.find(({ address, secondary }) => typeof address === kind && !secondary)
      ?.address;
  }
  const { dst } = context.packet;
  const onLink = typeof dst === 'bigint' && isLinkLocal(dst);
  const own = (device?.addresses ?? [])
    .map(({ address }) => address)
    .filter((address) => typeof address === 'bigint')
    // The kernel keeps the newest first, and those of the link last.
    .reverse();
  return (
    (onLink ? undefined : own.find((address) => !isLinkLocal(address))) ?? own.find(isLinkLocal)
  );
}

/** What xt_TCPMSS looks up: the route the packet leaves by, and one back to where it comes from. */
function pathMtuBytes(namespace: Namespace, context: PacketContext): number {
  const route = context instanceof SocketBuffer ? context.route : undefined;
  const exit = namespace.devices.get(context.outDevice ?? '');
  const back = routeOutput(namespace, { to: context.packet.src, mark: 0 });
  const backBytes = back.kind === 'error' ? undefined : mtuOf(back.entry.mtuBytes, back.device);
  return Math.min(
    mtuOf(route?.mtuBytes, exit) ?? Number.POSITIVE_INFINITY,
    backBytes ?? Number.POSITIVE_INFINITY,
  );
}

const mtuOf = (ofRoute: number | undefined, device: Device | undefined): number | undefined => {
  const bytes = ofRoute ?? device?.mtuBytes;
  return bytes === undefined ? undefined : Math.min(bytes, LARGEST_PACKET_BYTES);
};
