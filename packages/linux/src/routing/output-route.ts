import type { Ip } from '@podpath/net';
import type { Device, FibEntry } from '../core.ts';
import type { Namespace } from '../namespace.ts';
import { isLinkLocal, isLoopback, isMulticast, isUnspecified } from './address-kinds.ts';
import type { Flow } from './flow.ts';
import { selectPath } from './multipath.ts';
import { type RouteError, refusalOf } from './route-error.ts';
import { routesLocalnet } from './route-localnet.ts';
import { sourceOf } from './source-address.ts';

/** Where a packet that this host sends goes. */
export type OutputRoute =
  | {
      readonly kind: 'route';
      readonly entry: FibEntry;
      /** `lo` for an own address. */
      readonly device: Device;
      readonly source: Ip;
    }
  | { readonly kind: 'error'; readonly error: RouteError; readonly entry?: FibEntry };

export interface OutputKey {
  readonly to: Ip;
  readonly from?: Ip | undefined;
  readonly device?: Device | undefined;
  /** Of IPv6 routes that are as good as each other, the one by this device. */
  readonly preferred?: Device | undefined;
  readonly mark?: number;
  /** What is to be sent, where the caller knows. */
  readonly flow?: Flow | undefined;
}

/** `ip_route_output_key` and `ip6_route_output` (net/ipv4/route.c, net/ipv6/route.c). */
export function routeOutput(namespace: Namespace, key: OutputKey): OutputRoute {
  const looked = lookup(namespace, key);
  if (typeof looked === 'string') return { kind: 'error', error: looked };
  const found =
    looked.paths === undefined ? looked : selectPath(namespace, looked, { ...key, local: true });
  const refusal = refusalOf(found);
  // An IPv6 route by the loopback device takes packets, and refuses them as they leave.
  if (refusal !== undefined && found.type !== 'unicast')
    return { kind: 'error', error: refusal, entry: found };
  const local = found.type === 'local' || found.type === 'anycast';
  const device = local ? namespace.devices.get('lo') : found.device;
  if (device === undefined) return { kind: 'error', error: 'ENETUNREACH', entry: found };
  const source =
    key.from ??
    (found.type === 'local' ? ownSource(found, key.to) : sourceOf(namespace, found, key.to));
  const leaves = device.type !== 'lo' && !routesLocalnet(namespace, device);
  if (typeof source === 'number' && isLoopback(source) && leaves) {
    return { kind: 'error', error: 'EINVAL', entry: found };
  }
  // Without any address of its own a host still sends, from the unspecified address.
  const unspecified = typeof key.to === 'number' ? 0 : 0n;
  return { kind: 'route', entry: found, device, source: source ?? unspecified };
}

/** To an own address a host speaks from that very address, unless the route says otherwise. */
const ownSource = (entry: FibEntry, to: Ip): Ip =>
  typeof to === 'number' && entry.source !== undefined ? entry.source : to;

function lookup(namespace: Namespace, key: OutputKey): FibEntry | RouteError {
  const { to, from, mark = 0, flow } = key;
  if (isUnspecified(to)) return 'EINVAL';
  const common = { inDevice: 'lo', mark, flow, device: key.device };
  if (typeof to === 'number') {
    const source = typeof from === 'number' ? from : undefined;
    return namespace.ipv4.lookup({ ...common, to, from: source });
  }
  // Link-local destinations mean nothing without a device.
  if (
    (isLinkLocal(to) || isMulticast(to)) &&
    key.device === undefined &&
    namespace.ownersOf(to).length === 0
  ) {
    return 'EINVAL';
  }
  return namespace.ipv6.lookup({
    ...common,
    preferred: key.preferred,
    isDead: namespace.sysctls.ipv6All.forwarding === 0 ? namespace.hasDeadGateway : undefined,
    to,
    from: typeof from === 'bigint' ? from : undefined,
  });
}
