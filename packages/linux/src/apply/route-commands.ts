import type { Ip, IpFamily, Ipv4, Ipv6, Prefix } from '@podpath/net';
import type { NextHopSpec, RouteChange, RouteSpec } from '../commands.ts';
import type { Device, FibEntry, RoutePath } from '../core.ts';
import type { Namespace } from '../namespace.ts';
import { TABLE_MAIN } from '../routing/fib.ts';
import type { FibTable } from '../routing/fib-table.ts';
import { pathsOf, routeBy } from '../routing/multipath.ts';
import { checkNextHop } from '../routing/next-hop.ts';
import { Scope, scopeNumber } from '../routing/scope.ts';
import { deviceOf, refusal } from './refuse.ts';

const IPV6_METRIC = 1024;
const MAX_WEIGHT = 256;
const NO_NEXT_HOP = 'Gateway, device and multipath can not be specified for this route type';
const LEADS_NOWHERE: ReadonlySet<string> = new Set([
  'blackhole',
  'unreachable',
  'prohibit',
  'throw',
]);

/** `ip route add|append|replace|delete`. Throws as the kernel does: EEXIST, ESRCH, ENODEV, ENETUNREACH, EINVAL, ENETDOWN … */
export function changeRoute(namespace: Namespace, command: RouteChange): void {
  const { route } = command;
  const { address } = route.dst;
  const tableId = route.table ?? TABLE_MAIN;
  if (command.kind === 'route-delete') {
    if (route.dev !== undefined) deviceOf(namespace, command, route.dev);
    const removed =
      typeof address === 'number'
        ? removeFrom(namespace.ipv4.table(tableId), address, route, namespace)
        : removeFrom(namespace.ipv6.table(tableId), address, route, namespace);
    if (!removed && isNullRoute(namespace, route)) {
      throw refusal(command, 'ENOENT', 'the route to nowhere that every table ends with stays');
    }
    if (!removed) throw refusal(command, 'ESRCH', 'No such process: no route like this');
    return;
  }
  const entry = entryOf(namespace, command);
  if (typeof address === 'number') {
    insertIpv4(namespace.ipv4.tableFor(tableId), address, entry, command);
    if (entry.type === 'local') namespace.ipv4.hasCustomLocalRoutes = true;
    if (entry.paths !== undefined || entry.tos !== undefined) namespace.ipv4.readsFlows = true;
  } else {
    namespace.ipv6.readsFlows ||= entry.paths !== undefined || command.kind === 'route-append';
    insertIpv6(namespace.ipv6.tableFor(tableId), address, entry, command);
  }
}

/** `fib_table_insert` (net/ipv4/fib_trie.c). */
function insertIpv4(
  table: FibTable<Ipv4>,
  address: Ipv4,
  entry: FibEntry,
  command: RouteChange,
): void {
  const rivals = table
    .at(address, entry.prefix.length)
    .filter((r) => r.metric === entry.metric && r.tos === entry.tos);
  const [first] = rivals;
  const same = rivals.find((rival) => isSame(rival, entry));
  if (first === undefined) {
    table.insert(address, entry, 'last');
    return;
  }
  switch (command.kind) {
    case 'route-add':
      throw refusal(command, 'EEXIST', 'File exists: a route of this prefix and metric');
    case 'route-append':
      if (same !== undefined) throw refusal(command, 'EEXIST', 'File exists: the same route');
      table.insert(address, entry, 'last');
      return;
    default:
      if (same !== undefined && same !== first) {
        throw refusal(command, 'EEXIST', 'File exists: the same route');
      }
      table.remove(first);
      table.insert(address, entry, 'first');
  }
}

/** A table of IPv6 that exists ends with a route of its own to nowhere, which cannot be deleted (`fib6_null_entry`). */
const isNullRoute = (namespace: Namespace, route: RouteSpec): boolean =>
  route.dst.address === 0n &&
  route.dst.length === 0 &&
  route.via === undefined &&
  (route.dev === undefined || route.dev === 'lo') &&
  (route.metric ?? 0) === 0 &&
  namespace.ipv6.table(route.table ?? TABLE_MAIN) !== undefined;

/** `fib6_add_rt2node` (net/ipv6/ip6_fib.c). */
function insertIpv6(
  table: FibTable<Ipv6>,
  address: Ipv6,
  entry: FibEntry,
  command: RouteChange,
): void {
  const rivals = table.at(address, entry.prefix.length).filter((r) => r.metric === entry.metric);
  const [first] = rivals;
  if (first === undefined) {
    table.insert(address, entry, 'last');
    return;
  }
  if (command.kind === 'route-replace') {
    table.remove(first);
    table.insert(address, entry, 'first');
    return;
  }
  const same = rivals.some((rival) => pathsOf(rival).some((path) => sharesHop(path, entry)));
  if (command.kind === 'route-add' || same) {
    throw refusal(command, 'EEXIST', 'File exists: a route of this prefix and metric');
  }
  // Routes by gateways become one with several next hops.
  const partner = isByGateway(entry) ? rivals.find(isByGateway) : undefined;
  const joined = partner && routeBy([...pathsOf(partner), ...pathsOf(entry)]);
  if (partner === undefined || joined === undefined) table.insert(address, entry, 'last');
  else table.replace(partner, joined);
}

/** `rt6_qualify_for_ecmp` */
const isByGateway = ({ gateway }: FibEntry): boolean => gateway !== undefined;

const sharesHop = ({ entry: { device, gateway } }: RoutePath, other: FibEntry): boolean =>
  pathsOf(other).some(({ entry }) => entry.device === device && entry.gateway === gateway);

const isSame = (a: FibEntry, b: FibEntry): boolean =>
  a.type === b.type &&
  a.scope === b.scope &&
  a.device === b.device &&
  a.gateway === b.gateway &&
  a.source === b.source &&
  a.protocol === b.protocol &&
  a.mtuBytes === b.mtuBytes &&
  a.onlink === b.onlink &&
  samePaths(a.paths, b.paths);

function samePaths(a: FibEntry['paths'] = [], b: FibEntry['paths'] = []): boolean {
  return (
    a.length === b.length &&
    a.every(({ entry, weight }, index) => {
      const other = b[index];
      return other?.weight === weight && isSame(entry, other.entry);
    })
  );
}

/** Removes the first route that has everything that the command says of it (`fib_table_delete`). */
function removeFrom<A extends Ip>(
  table: FibTable<A> | undefined,
  address: A,
  route: RouteSpec,
  namespace: Namespace,
): boolean {
  const device = route.dev === undefined ? undefined : namespace.devices.get(route.dev);
  if (route.dev !== undefined && device === undefined) return false;
  const entry = table?.at(address, route.dst.length).find(
    (candidate) =>
      // What kind of route it is does not count for IPv6.
      (route.type === undefined || typeof address === 'bigint' || candidate.type === route.type) &&
      (candidate.tos ?? 0) === (route.tos ?? 0) &&
      (route.metric === undefined || route.metric === 0 || candidate.metric === route.metric) &&
      isByHop(candidate, route, device) &&
      (route.protocol === undefined || candidate.protocol === route.protocol) &&
      // Of IPv6 routes nothing else is compared.
      (typeof address === 'bigint' ||
        ((route.src === undefined || candidate.source === route.src) &&
          (route.scope === undefined || candidate.scope === scopeNumber(route.scope)) &&
          (route.mtuBytes === undefined || candidate.mtuBytes === route.mtuBytes))),
  );
  if (table === undefined || entry === undefined) return false;
  const { via } = route;
  // Of IPv6's next hops one can go alone.
  if (typeof address === 'bigint' && via !== undefined) {
    const paths = pathsOf(entry);
    const gone = paths.find((path) => isByHop(path.entry, route, device));
    const left = routeBy(paths.filter((path) => path !== gone));
    if (left !== undefined) {
      table.replace(entry, left);
      return true;
    }
  }
  return table.remove(entry);
}

/** Whether the command means a route by these next hops (`fib_nh_match`); IPv6's are each a route of their own. */
function isByHop(candidate: FibEntry, route: RouteSpec, device: Device | undefined): boolean {
  const { paths } = candidate;
  const { via, nexthops } = route;
  if (nexthops !== undefined && nexthops.length > 1) {
    return (
      paths?.length === nexthops.length &&
      paths.every(({ entry, weight }, index) => {
        const hop = nexthops[index];
        return (
          (hop?.via === undefined || hop.via === entry.gateway) &&
          (hop?.dev === undefined || hop.dev === entry.device?.name) &&
          (hop?.weight === undefined || hop.weight === 1 || hop.weight === weight)
        );
      })
    );
  }
  if (paths !== undefined && typeof candidate.prefix.address === 'bigint') {
    return paths.some(({ entry }) => isByHop(entry, route, device));
  }
  if (paths !== undefined && (device !== undefined || via !== undefined)) return false;
  return (
    (device === undefined || candidate.device === device) &&
    (via === undefined || candidate.gateway === via)
  );
}

/** Checks a route and makes the entry of it (`fib_create_info`, `ip6_route_info_create`). */
function entryOf(namespace: Namespace, command: RouteChange): FibEntry {
  const { nexthops = [], ...rest } = command.route;
  const [first] = nexthops;
  if (first === undefined) return plainEntryOf(namespace, command);
  if (LEADS_NOWHERE.has(rest.type ?? 'unicast')) throw refusal(command, 'EINVAL', NO_NEXT_HOP);
  // Several next hops are taken to be behind gateways.
  const scope = rest.scope ?? (nexthops.length > 1 || first.via !== undefined ? 'global' : 'link');
  const seen = new Set<string>();
  const paths = nexthops.map(({ weight = 1, ...hop }) => {
    if (!Number.isInteger(weight) || weight < 1 || weight > MAX_WEIGHT) {
      throw refusal(command, 'EINVAL', `"weight" is invalid: ${weight} is not from 1 to 256`);
    }
    if (typeof rest.dst.address === 'bigint') checkIpv6Hop(command, hop, seen);
    const route = { ...rest, ...hop, scope };
    return { entry: plainEntryOf(namespace, { ...command, route }), weight, dead: false };
  });
  return routeBy(paths) ?? plainEntryOf(namespace, command);
}

/** IPv6 takes no next hops twice, and none without a gateway (`ip6_route_multipath_add`). */
function checkIpv6Hop(command: RouteChange, { via, dev }: NextHopSpec, seen: Set<string>): void {
  if (via === undefined) {
    const why = 'Device only routes can not be added for IPv6 using the multipath API.';
    throw refusal(command, 'EINVAL', why);
  }
  const key = `${via} ${dev ?? ''}`;
  if (seen.has(key)) throw refusal(command, 'EEXIST', 'File exists: the same next hop twice');
  seen.add(key);
}

function plainEntryOf(namespace: Namespace, command: RouteChange): FibEntry {
  const { route } = command;
  const { dst, type = 'unicast', via, src } = route;
  const family: IpFamily = typeof dst.address === 'number' ? 4 : 6;
  checkTos(command, family);
  const scope = route.scope === undefined ? usualScope(route, family) : scopeNumber(route.scope);
  const common = {
    table: route.table ?? TABLE_MAIN,
    prefix: dst,
    type,
    source: src,
    metric: metricOf(route, family),
    ...(route.tos === undefined || route.tos === 0 ? {} : { tos: route.tos }),
    protocol: route.protocol ?? 'boot',
    mtuBytes: route.mtuBytes,
    onlink: route.onlink ?? false,
    gateway: via,
  };
  if (LEADS_NOWHERE.has(type)) {
    if (via !== undefined || (route.dev !== undefined && family === 4)) {
      throw refusal(command, 'EINVAL', NO_NEXT_HOP);
    }
    return { ...common, scope, device: undefined, nexthopScope: Scope.GLOBAL };
  }
  const named = route.dev === undefined ? undefined : deviceOf(namespace, command, route.dev);
  const { device, nexthopScope } = nextHopOf(namespace, command, named, scope);
  if (src !== undefined && !mayBeSource(namespace, src, dst, type)) {
    throw refusal(command, 'EINVAL', 'Invalid prefsrc address');
  }
  return { ...common, scope, device, nexthopScope };
}

function checkTos(command: RouteChange, family: IpFamily): void {
  const { tos = 0 } = command.route;
  if (tos !== 0 && family === 6) {
    throw refusal(command, 'EINVAL', 'Invalid dsfield (tos): option not available for IPv6.');
  }
  if ((tos & 0x03) !== 0 || tos > 0xff) {
    throw refusal(command, 'EINVAL', 'Invalid dsfield (tos): ECN bits must be 0.');
  }
}

function nextHopOf(
  namespace: Namespace,
  command: RouteChange,
  named: Device | undefined,
  scope: number,
): { readonly device: Device; readonly nexthopScope: number } {
  const { dst, via, onlink = false, type = 'unicast', table } = command.route;
  const ask = { dst, gateway: via, device: named, onlink, scope, type, table };
  const hop = checkNextHop(namespace, ask);
  if ('code' in hop) throw refusal(command, hop.code, hop.why);
  return hop;
}

/** IPv6 takes 0 for "none said". */
const metricOf = ({ metric = 0 }: RouteSpec, family: IpFamily): number =>
  family === 6 && metric === 0 ? IPV6_METRIC : metric;

/** The scope that iproute2 fills in. IPv6 routes have none. */
function usualScope({ type = 'unicast', via }: RouteSpec, family: IpFamily): number {
  if (family === 6) return Scope.GLOBAL;
  if (type === 'local') return Scope.HOST;
  if (type === 'broadcast') return Scope.LINK;
  return type === 'unicast' && via === undefined ? Scope.LINK : Scope.GLOBAL;
}

/** Only an own address can be a source; a local route may make its own destination one. */
const mayBeSource = (namespace: Namespace, source: Ip, dst: Prefix, type: string): boolean =>
  (type === 'local' && source === dst.address) || isLocal(namespace, source);

function isLocal(namespace: Namespace, address: Ip): boolean {
  // IPv6 asks its devices, not its routes.
  if (typeof address === 'bigint') return namespace.ownersOf(address).length > 0;
  return namespace.ipv4.lookupLocal(address)?.type === 'local';
}
