import type { Ip } from '@podpath/net';
import type { Device, FibEntry } from '../core.ts';
import type { Namespace } from '../namespace.ts';
import { type OutputKey, routeOutput } from './output-route.ts';

/** Default of `net.ipv4.route.mtu_expires` and of IPv6's. */
const LIFE_MS = 600_000;
/** Default of `net.ipv4.route.min_pmtu`. */
const LEAST_IPV4_BYTES = 552;
const LEAST_IPV6_BYTES = 1280;

interface Route {
  readonly entry: FibEntry;
  readonly device: Device;
}

/** The largest packet that this host would send by a route in one piece. */
export const mtuTowards = (namespace: Namespace, { entry, device }: Route, to: Ip): number =>
  namespace.pathMtus.of(entry, to, namespace.nowMs)?.mtuBytes ?? entry.mtuBytes ?? device.mtuBytes;

/** A router has told of an MTU on the way that some packet of this host took. It only ever becomes smaller. */
export function learnPathMtu(namespace: Namespace, key: OutputKey, mtuBytes: number): void {
  const { to } = key;
  const route = routeOutput(namespace, key);
  if (route.kind === 'error') return;
  const least = typeof to === 'number' ? LEAST_IPV4_BYTES : LEAST_IPV6_BYTES;
  const bytes = Math.max(mtuBytes, least);
  if (bytes >= mtuTowards(namespace, route, to)) return;
  const known = { mtuBytes: bytes, untilMs: namespace.nowMs + LIFE_MS };
  namespace.pathMtus.learn(route.entry, to, known);
}
