import type { Ip } from '@podpath/net';
import { SocketBuffer } from './core.ts';
import type { Namespace } from './namespace.ts';
import type { NetfilterEnvironment } from './netfilter/netfilter.ts';
import type { PacketContext } from './netfilter/packet-context.ts';
import { addressType } from './routing/address-type.ts';
import { routedBackBy } from './routing/reverse-path.ts';
import { Scope } from './routing/scope.ts';
import { selectIpv4, selectIpv6 } from './routing/source-address.ts';

/** What a namespace tells its netfilter. */
export function netfilterEnvironment(namespace: Namespace): NetfilterEnvironment {
  const deviceNamed = (name: string | undefined) =>
    name === undefined ? undefined : namespace.devices.get(name);
  return {
    nowMs: () => namespace.nowMs,
    random32: () => namespace.kernel.random.next32(),
    addressType: (address, device) => addressType(namespace, address, deviceNamed(device)),
    reversePathOk: (context, { loose, validMark }) => {
      const device = deviceNamed(context.inDevice);
      if (device === undefined) return true;
      const mark = validMark ? context.mark : 0;
      return routedBackBy(namespace, device, context.packet, { loose, mark });
    },
    masqueradeAddress: (context) => masqueradeAddress(namespace, context),
    sysctl: (key) => namespace.sysctls.get(key),
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
