import { formatIp, formatPrefix, type IpFamily } from '@podpath/net';
import type { RouteSpec } from '../commands.ts';
import type { NamespaceView } from '../network.ts';

/** What has to change for a namespace to have the routes of a dump. */
export interface RouteChanges {
  /** Routes that devices and addresses brought, and that the node does not have. */
  readonly surplus: readonly RouteSpec[];
  /** In an order in which each finds the way to its gateway. */
  readonly wanting: readonly RouteSpec[];
}

/** Compares what is there with what a dump lists. Both list every route with all that it has. */
export function compareRoutes(
  view: NamespaceView,
  family: IpFamily,
  wanted: readonly RouteSpec[],
): RouteChanges {
  const tables = new Set([254, 255, ...wanted.map(({ table }) => table ?? 254)]);
  const here = new Map<string, RouteSpec>();
  for (const table of tables) {
    for (const route of view.routes(family, table)) here.set(routeKey(route), route);
  }
  const wanting: RouteSpec[] = [];
  for (const route of wanted) if (!here.delete(routeKey(route))) wanting.push(route);
  // Without a gateway a route needs nothing, and is what gateways are reached by.
  const direct = wanting.filter((route) => !isByGateway(route));
  const indirect = wanting.filter(isByGateway);
  return { surplus: [...here.values()], wanting: [...direct, ...indirect] };
}

const isByGateway = ({ via, nexthops = [] }: RouteSpec): boolean =>
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
