import type { RouteSpec } from '@podpath/linux';

/** The plainest route lookup: every route is tried. It is the oracle, and the peer that shows what a table is worth. */
export function linearScan(routes: readonly RouteSpec[], address: number): number {
  let best = -1;
  let bestLength = -1;
  let bestMetric = 0;
  for (const [index, route] of routes.entries()) {
    const { address: network, length } = route.dst;
    if (typeof network !== 'number' || length < bestLength) continue;
    const mask = length === 0 ? 0 : (0xffff_ffff << (32 - length)) >>> 0;
    if ((address & mask) >>> 0 !== network) continue;
    const metric = route.metric ?? 0;
    if (length === bestLength && metric >= bestMetric) continue;
    best = index;
    bestLength = length;
    bestMetric = metric;
  }
  return best;
}
