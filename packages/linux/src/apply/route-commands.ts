import type { Ip, IpFamily, Ipv4, Ipv6, Prefix } from '@podpath/net';
import type { RouteChange, RouteSpec } from '../commands.ts';
import type { Device, FibEntry } from '../core.ts';
import type { Namespace } from '../namespace.ts';
import { TABLE_MAIN } from '../routing/fib.ts';
import type { FibTable } from '../routing/fib-table.ts';
import { checkNextHop } from '../routing/next-hop.ts';
import { Scope, scopeNumber } from '../routing/scope.ts';
import { deviceOf, refusal } from './refuse.ts';

const IPV6_METRIC = 1024;
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
    const removed =
      typeof address === 'number'
        ? removeFrom(namespace.ipv4.table(tableId), address, route, namespace)
        : removeFrom(namespace.ipv6.table(tableId), address, route, namespace);
    if (!removed) throw refusal(command, 'ESRCH', 'No such process: no route like this');
    return;
  }
  const entry = entryOf(namespace, command);
  if (typeof address === 'number') {
    insertIpv4(namespace.ipv4.tableFor(tableId), address, entry, command);
    if (entry.type === 'local') namespace.ipv4.hasCustomLocalRoutes = true;
  } else {
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
  const rivals = table.at(address, entry.prefix.length).filter((r) => r.metric === entry.metric);
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
  const same = rivals.some((r) => r.device === entry.device && r.gateway === entry.gateway);
  if (command.kind === 'route-add' || same) {
    throw refusal(command, 'EEXIST', 'File exists: a route of this prefix and metric');
  }
  table.insert(address, entry, 'last');
}

const isSame = (a: FibEntry, b: FibEntry): boolean =>
  a.type === b.type &&
  a.scope === b.scope &&
  a.device === b.device &&
  a.gateway === b.gateway &&
  a.source === b.source &&
  a.protocol === b.protocol &&
  a.mtuBytes === b.mtuBytes &&
  a.onlink === b.onlink;

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
      (route.type === undefined || candidate.type === route.type) &&
      (route.metric === undefined || route.metric === 0 || candidate.metric === route.metric) &&
      (device === undefined || candidate.device === device) &&
      (route.via === undefined || candidate.gateway === route.via) &&
      (route.src === undefined || candidate.source === route.src) &&
      // IPv6 routes have no scope, whatever a command says.
      (route.scope === undefined ||
        typeof address === 'bigint' ||
        candidate.scope === scopeNumber(route.scope)) &&
      (route.protocol === undefined || candidate.protocol === route.protocol) &&
      (route.mtuBytes === undefined || candidate.mtuBytes === route.mtuBytes),
  );
  return table !== undefined && entry !== undefined && table.remove(entry);
}

/** Checks a route and makes the entry of it (`fib_create_info`, `ip6_route_info_create`). */
function entryOf(namespace: Namespace, command: RouteChange): FibEntry {
  const { route } = command;
  const { dst, type = 'unicast', via, src } = route;
  const family: IpFamily = typeof dst.address === 'number' ? 4 : 6;
  const scope = route.scope === undefined ? usualScope(route, family) : scopeNumber(route.scope);
  const common = {
    table: route.table ?? TABLE_MAIN,
    prefix: dst,
    type,
    source: src,
    metric: metricOf(route, family),
    protocol: route.protocol ?? 'boot',
    mtuBytes: route.mtuBytes,
    onlink: route.onlink ?? false,
    gateway: via,
  };
  if (LEADS_NOWHERE.has(type)) {
    if (via !== undefined || (route.dev !== undefined && family === 4)) {
      throw refusal(
        command,
        'EINVAL',
        'Gateway, device and multipath can not be specified for this route type',
      );
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
  const found =
    typeof address === 'number'
      ? namespace.ipv4.lookupLocal(address)
      : namespace.ipv6.lookupLocal(address);
  return found?.type === 'local';
}
