import { formatIp, formatPrefix, type IpFamily } from '@podpath/net';
import type { RouteSpec } from '../commands.ts';
import type { NamespaceView } from '../network.ts';
import { LEADS_NOWHERE } from '../parse/ip-route.ts';

/** What has to change for a namespace to have the routes of a dump. */
export interface RouteChanges {
  /** Routes that devices and addresses brought, and that the node does not have. */
  readonly surplus: readonly RouteSpec[];
  /**
   * Those for the same packets together, in the order in which they are tried; in an order in which most find the way to
   * their gateways.
   */
  readonly wanting: readonly (readonly RouteSpec[])[];
}

/**
 * Compares what is there with what a dump lists. Both list every route with all that it has. Of routes that are told
 * apart by their way alone the first is taken: where their order differs, all of them are made again.
 */
export function compareRoutes(
  view: NamespaceView,
  family: IpFamily,
  wanted: readonly RouteSpec[],
): RouteChanges {
  const tables = new Set([254, 255, ...wanted.map(({ table }) => table ?? 254)]);
  const here = rivals([...tables].flatMap((table) => view.routes(family, table)));
  const there = rivals(wanted);
  const surplus: RouteSpec[] = [];
  const wanting: (readonly RouteSpec[])[] = [];
  for (const place of new Set([...here.keys(), ...there.keys()])) {
    const [has, needs] = [here.get(place) ?? [], there.get(place) ?? []];
    const before = has.map(routeKey);
    const kept = before.filter((key, index) => key === keyAt(needs, index)).length;
    const isHead = kept === before.length;
    if (!isHead) surplus.push(...has);
    wanting.push(needs.slice(isHead ? kept : 0));
  }
  return { surplus, wanting: wanting.sort((a, b) => rank(a) - rank(b)) };
}

/** What has no gateway is what gateways are reached by; what leads nowhere hides ways that there were before it. */
function rank(routes: readonly RouteSpec[]): number {
  if (routes.some(({ type = 'unicast' }) => LEADS_NOWHERE.has(type))) return 2;
  return routes.some(isByGateway) ? 1 : 0;
}

const keyAt = (routes: readonly RouteSpec[], index: number): string | undefined => {
  const route = routes[index];
  return route === undefined ? undefined : routeKey(route);
};

/** Routes for the same packets, in the order in which they are tried. */
function rivals(routes: readonly RouteSpec[]): ReadonlyMap<string, readonly RouteSpec[]> {
  const groups = new Map<string, RouteSpec[]>();
  for (const route of routes) {
    const place = [route.table, formatPrefix(route.dst), route.tos ?? 0, route.metric].join(' ');
    const group = groups.get(place);
    if (group === undefined) groups.set(place, [route]);
    else group.push(route);
  }
  return groups;
}

export const isByGateway = ({ via, nexthops = [] }: RouteSpec): boolean =>
  via !== undefined || nexthops.some((hop) => hop.via !== undefined);

/** Everything that tells two routes apart. */
function routeKey(route: RouteSpec): string {
  const { type = 'unicast', dst, via, dev, onlink, src, scope, protocol, metric, mtuBytes } = route;
  return [
    route.table,
    type,
    formatPrefix(dst),
    via === undefined ? '' : formatIp(via),
    route.tos ?? 0,
    ...(route.nexthops ?? []).flatMap((hop) => [
      hop.via === undefined ? '' : formatIp(hop.via),
      hop.dev ?? '',
      hop.onlink === true,
      hop.weight ?? 1,
    ]),
    // IPv6 routes to nowhere are by lo, or by nothing, as one likes.
    dev ?? '',
    onlink === true ? 'onlink' : '',
    src === undefined ? '' : formatIp(src),
    typeof dst.address === 'number' ? scope : '',
    protocol,
    metric,
    mtuBytes ?? '',
  ].join(' ');
}
