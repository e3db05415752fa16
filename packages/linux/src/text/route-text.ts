import {
  compareIps,
  formatIp,
  formatPrefix,
  type Ip,
  lastAddress,
  type Prefix,
} from '@podpath/net';
import type { FibEntry } from '../core.ts';
import { Scope, scopeName } from '../routing/scope.ts';
import { serviceName } from './service-text.ts';

const TABLE_NAMES: Readonly<Record<number, string>> = { 253: 'default', 254: 'main', 255: 'local' };

/** Name of a routing table, where it has one. */
export const tableName = (table: number): string => TABLE_NAMES[table] ?? String(table);

/** A prefix as iproute2 writes it: `default`, a bare address for a host, or with its length. */
export function routePrefix(prefix: Prefix): string {
  if (prefix.length === 0) return 'default';
  const host = typeof prefix.address === 'number' ? 32 : 128;
  return prefix.length === host ? formatIp(prefix.address) : formatPrefix(prefix);
}

const gatewayText = (gateway: Ip, family: Ip): string =>
  typeof gateway === typeof family ? `via ${formatIp(gateway)}` : `via inet6 ${formatIp(gateway)}`;

/** The words of a route in the order in which `ip route show` prints them. */
function words(entry: FibEntry): readonly string[] {
  const { prefix, type, tos, scope, source, metric, mtuBytes, paths } = entry;
  const ipv4 = typeof prefix.address === 'number';
  return [
    ...(type === 'unicast' ? [] : [type]),
    routePrefix(prefix),
    ...(tos === undefined ? [] : [`tos ${serviceName(tos)}`]),
    ...(paths === undefined ? hopWords(entry) : []),
    ...(entry.protocol === 'boot' ? [] : [`proto ${entry.protocol}`]),
    ...(ipv4 && scope !== Scope.GLOBAL ? [`scope ${scopeName(scope)}`] : []),
    ...(source === undefined ? [] : [`src ${formatIp(source)}`]),
    ...(ipv4 && metric === 0 ? [] : [`metric ${metric}`]),
    ...(paths === undefined ? flagWords(entry) : []),
    ...(mtuBytes === undefined ? [] : [`mtu ${mtuBytes}`]),
    ...(ipv4 ? [] : ['pref medium']),
  ];
}

/** The device that a route is told to leave by: IPv6 hangs those that lead nowhere on the loopback device. */
export const exitOf = ({ device, prefix }: FibEntry): string | undefined =>
  device?.name ?? (typeof prefix.address === 'number' ? undefined : 'lo');

function hopWords(entry: FibEntry): readonly string[] {
  const { gateway, prefix } = entry;
  const exit = exitOf(entry);
  return [
    ...(gateway === undefined ? [] : [gatewayText(gateway, prefix.address)]),
    ...(exit === undefined ? [] : [`dev ${exit}`]),
  ];
}

/** Of a next hop, in the order in which they are printed. */
export function flagWords(
  { device, onlink, nexthopScope }: FibEntry,
  dead = false,
): readonly string[] {
  const linkdown = device?.up === true && !device.carrier && nexthopScope !== Scope.NOWHERE;
  return [
    ...(dead ? ['dead'] : []),
    ...(onlink ? ['onlink'] : []),
    ...(linkdown || dead ? ['linkdown'] : []),
  ];
}

/** A route in one line, without the blank that iproute2 leaves at the end; of several next hops, all in that line. */
export const describeRoute = (entry: FibEntry): string =>
  [...words(entry), ...pathTexts(entry)].join(' ');

const pathTexts = ({ paths = [] }: FibEntry): readonly string[] =>
  paths.map(({ entry, weight, dead }) =>
    ['nexthop', ...hopWords(entry), `weight ${weight}`, ...flagWords(entry, dead)].join(' '),
  );

/** As `ip route show` prints routes: in the kernel's order, with the blank that iproute2 leaves behind IPv4 routes. */
export function routeLines(entries: Iterable<FibEntry>): string {
  return [...entries]
    .sort(byDumpOrder)
    .flatMap((entry) => [
      `${words(entry).join(' ')}${typeof entry.prefix.address === 'number' ? ' ' : ''}\n`,
      ...pathTexts(entry).map((text) => `\t${text} \n`),
    ])
    .join('');
}

/** IPv4: by address, longer prefixes first. IPv6: what a prefix covers comes before it. Then as they are tried. */
export function byDumpOrder(
  { prefix: a, metric: metricA, tos: tosA = 0 }: FibEntry,
  { prefix: b, metric: metricB, tos: tosB = 0 }: FibEntry,
): number {
  const byAddress =
    typeof a.address === 'number'
      ? compareIps(a.address, b.address)
      : compareIps(lastAddress(a), lastAddress(b));
  return byAddress || b.length - a.length || tosB - tosA || metricA - metricB;
}
