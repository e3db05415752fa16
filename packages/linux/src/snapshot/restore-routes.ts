import { formatIp, formatPrefix, type IpFamily } from '@podpath/net';
import type { CommandError } from '../command-error.ts';
import type { Command, NextHopSpec, RouteSpec } from '../commands.ts';
import { TABLE_MAIN } from '../routing/fib.ts';
import { compareRoutes, isByGateway } from './compare-routes.ts';
import type { NamespaceRestorer } from './namespace-restorer.ts';

/** Routes as a dump has them. Returns those whose gateways are out of reach so far. Throws ParseError and SnapshotError. */
export function restoreRoutes(restorer: NamespaceRestorer, family: IpFamily): RouteGroups {
  const { routes } = restorer.dump.routes(family);
  const { surplus, wanting } = compareRoutes(restorer.view, family, routes);
  restorer.apply(
    routeFile(family),
    surplus.map((route): Command => ({ kind: 'route-delete', route })),
  );
  return appendRoutes(restorer, family, wanting);
}

type RouteGroups = readonly (readonly RouteSpec[])[];

const routeFile = (family: IpFamily): string => `ip-${family}-route.json`;

function appendRoutes(
  restorer: NamespaceRestorer,
  family: IpFamily,
  wanting: RouteGroups,
): RouteGroups {
  let rest = wanting;
  // A gateway may be reached by a route that comes later in the dump.
  for (let left = Number.POSITIVE_INFINITY; rest.length > 0 && countOf(rest) < left; ) {
    left = countOf(rest);
    rest = rest.map((group) => appendGroup(restorer, family, group)).filter(isNotEmpty);
  }
  return rest;
}

const countOf = (groups: RouteGroups): number =>
  groups.reduce((count, { length }) => count + length, 0);

const isNotEmpty = ({ length }: readonly RouteSpec[]): boolean => length > 0;

/** In order, as far as it goes. */
function appendGroup(
  restorer: NamespaceRestorer,
  family: IpFamily,
  group: readonly RouteSpec[],
): readonly RouteSpec[] {
  const failed = group.findIndex((route) => {
    const error = appendRoute(restorer, route);
    if (error !== undefined && !isUnreachable(error, route)) {
      restorer.refuse(routeFile(family), error);
    }
    return error !== undefined;
  });
  return failed < 0 ? [] : group.slice(failed);
}

/**
 * A route outside the main table stays when the address that it speaks from goes, though none can be made without: it is
 * lent that address.
 */
function appendRoute(restorer: NamespaceRestorer, route: RouteSpec): CommandError | undefined {
  const { src, table = TABLE_MAIN } = route;
  const isOrphan =
    typeof src === 'number' && table !== TABLE_MAIN && restorer.view.route(src).kind !== 'local';
  if (!isOrphan) return restorer.attempt({ kind: 'route-append', route });
  const lent = { dev: 'lo', address: { address: src, length: 32 } };
  const refused = restorer.attempt({ kind: 'address-add', ...lent });
  const error = restorer.attempt({ kind: 'route-append', route });
  if (refused === undefined) restorer.apply(routeFile(4), [{ kind: 'address-delete', ...lent }]);
  return error;
}

/** A way to the gateway may be barred by a route or a rule that came later. */
const isUnreachable = ({ code }: CommandError, route: RouteSpec): boolean =>
  code === 'ENETUNREACH' ||
  code === 'EHOSTUNREACH' ||
  (isByGateway(route) && (code === 'EINVAL' || code === 'EACCES'));

/** Those that `restoreRoutes` left. Throws SnapshotError. */
export function finishRoutes(
  restorer: NamespaceRestorer,
  family: IpFamily,
  wanting: RouteGroups,
): void {
  for (const group of appendRoutes(restorer, family, wanting)) {
    for (const route of group) addByForce(restorer, routeFile(family), route);
  }
}

/**
 * The kernel keeps a route whose gateway is out of reach by now, and it works as long as the device does: it is made with
 * a way to the gateway that goes again.
 */
function addByForce(restorer: NamespaceRestorer, file: string, route: RouteSpec): void {
  const { via, nexthops = [route] } = route;
  const ways = nexthops
    .flatMap((hop) => wayToGateway(hop, route) ?? [])
    .filter((way) => restorer.attempt({ kind: 'route-append', route: way }) === undefined);
  const error = restorer.attempt({ kind: 'route-append', route });
  restorer.apply(
    file,
    ways.map((way): Command => ({ kind: 'route-delete', route: way })),
  );
  if (error !== undefined) {
    restorer.apply(file, [{ kind: 'route-append', route: withoutAsking(route) }]);
  }
  const gateway = via === undefined ? '' : formatIp(via);
  restorer.note(`the gateway ${gateway} of ${formatPrefix(route.dst)} is on no link that is left`);
}

/** Before whatever else there is for the gateway, and of a protocol that nothing else has. */
function wayToGateway(
  { via, dev }: NextHopSpec,
  { table = TABLE_MAIN }: RouteSpec,
): RouteSpec | undefined {
  if (via === undefined || dev === undefined) return undefined;
  const common = { dev, protocol: '99', table };
  return typeof via === 'number'
    ? { ...common, dst: { address: via, length: 32 }, scope: 'link', metric: 0 }
    : { ...common, dst: { address: via, length: 128 }, metric: 1 };
}

const withoutAsking = (route: RouteSpec): RouteSpec =>
  route.nexthops === undefined
    ? { ...route, onlink: true }
    : {
        ...route,
        nexthops: route.nexthops.map((hop) =>
          hop.via === undefined ? hop : { ...hop, onlink: true },
        ),
      };
