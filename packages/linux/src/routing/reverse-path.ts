import type { Ip, Ipv4 } from '@podpath/net';
import type { Device, FibEntry } from '../core.ts';
import type { Namespace } from '../namespace.ts';
import {
  isLinkLocal,
  isMulticast,
  isUnspecified,
  isZeroNet,
  LIMITED_BROADCAST,
} from './address-kinds.ts';
import { type Flow, reversed } from './flow.ts';
import { usesDevice } from './multipath.ts';
import type { RouteError } from './route-error.ts';

interface Received {
  readonly to: Ipv4;
  readonly from: Ipv4;
  readonly device: Device;
  readonly mark: number;
  readonly flow?: Flow | undefined;
}

const OWN_SOURCE = 'martian source: the address is our own';
const REVERSE_PATH = 'reverse path filter: the source is not routed back this way';

/**
 * `fib_validate_source` (net/ipv4/fib_frontend.c): why a packet with this source is not to be believed on the
 * device that it came by, or `undefined` when it is. `exit` is the device it would be forwarded to.
 */
export function checkSource(
  namespace: Namespace,
  packet: Received,
  exit: Device | undefined,
): string | undefined {
  const { device, from } = packet;
  const { sysctls } = namespace;
  const filter = Math.max(device.ipv4.rp_filter, sysctls.ipv4All.rp_filter);
  const acceptLocal = (device.ipv4.accept_local | sysctls.ipv4All.accept_local) !== 0;
  const redirects = (device.ipv4.send_redirects | sysctls.ipv4All.send_redirects) !== 0;
  if (filter === 0 && (exit !== device || !redirects)) {
    if (acceptLocal) return undefined;
    if (!namespace.ipv4.hasCustomRules && !namespace.ipv4.hasCustomLocalRoutes) {
      return namespace.ownersOf(from).length > 0 ? OWN_SOURCE : undefined;
    }
  }
  const useMark = (device.ipv4.src_valid_mark | sysctls.ipv4All.src_valid_mark) !== 0;
  const back = {
    to: from,
    from: packet.to,
    inDevice: exit?.name ?? 'lo',
    mark: useMark ? packet.mark : 0,
    flow: packet.flow === undefined ? undefined : reversed(packet.flow),
  };
  const found = namespace.ipv4.lookup(back);
  const noAddress = !device.addresses.some(({ address }) => typeof address === 'number');
  const lastResort = filter === 0 ? undefined : REVERSE_PATH;
  if (typeof found === 'string' || found.device === undefined) return lastResort;
  if (found.type !== 'unicast' && !(found.type === 'local' && acceptLocal)) {
    return found.type === 'local' ? OWN_SOURCE : 'martian source: no host has the address';
  }
  if (usesDevice(found, device) || (found.type === 'local' && device.type === 'lo'))
    return undefined;
  if (noAddress) return lastResort;
  return filter === 1 ? REVERSE_PATH : undefined;
}

/** The reverse path test of the `rpfilter` match (xt_rpfilter), which looks at routes and not at sysctls. */
export function routedBackBy(
  namespace: Namespace,
  device: Device,
  packet: { readonly src: Ip; readonly dst: Ip },
  options: { readonly loose: boolean; readonly mark: number },
): boolean {
  const { src, dst } = packet;
  if (device.type === 'lo') return true;
  if (isUnspecified(src)) {
    return typeof src === 'bigint' || dst === LIMITED_BROADCAST || isMulticast(dst);
  }
  const { mark } = options;
  let found: FibEntry | RouteError;
  if (typeof src === 'number') {
    const from =
      typeof dst !== 'number' || isMulticast(dst) || dst === LIMITED_BROADCAST || isZeroNet(dst)
        ? undefined
        : dst;
    found = namespace.ipv4.lookup({ to: src, from, inDevice: 'lo', mark, ignoreLinkState: true });
  } else {
    const from = typeof dst === 'bigint' && !isMulticast(dst) ? dst : undefined;
    const by = isLinkLocal(src) ? { device } : {};
    found = namespace.ipv6.lookup({ to: src, from, inDevice: 'lo', mark, ...by });
  }
  if (typeof found === 'string' || found.type !== 'unicast') return false;
  return usesDevice(found, device) || options.loose;
}
