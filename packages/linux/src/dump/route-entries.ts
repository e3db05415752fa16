import { familyOf, formatIp, type Ip, type IpFamily } from '@podpath/net';
import type { FibEntry } from '../core.ts';
import type { Namespace } from '../namespace.ts';
import { TABLE_MAIN } from '../routing/fib.ts';
import { scopeName } from '../routing/scope.ts';
import { byDumpOrder, exitOf, flagWords, routePrefix, tableName } from '../text/route-text.ts';
import { serviceName } from '../text/service-text.ts';

/** `ip -4 -json route show table all`, or `-6`. */
export function routeEntries(namespace: Namespace, family: IpFamily): readonly object[] {
  const fib = family === 4 ? namespace.ipv4 : namespace.ipv6;
  return inDumpOrder([...fib.tables()]).flatMap((table) =>
    [...table.entries()].sort(byDumpOrder).map(entryOf),
  );
}

/** The kernel keeps tables by their number's last byte, of those with the same one the newest first. */
const inDumpOrder = <T extends { readonly id: number }>(tables: readonly T[]): readonly T[] =>
  tables.toReversed().sort((a, b) => (a.id & 0xff) - (b.id & 0xff));

function entryOf(entry: FibEntry): object {
  const { type, prefix, tos, table, protocol, scope, source, metric, mtuBytes, paths } = entry;
  const family = familyOf(prefix.address);
  const reach = scopeName(scope);
  return {
    type: type === 'unicast' ? undefined : type,
    dst: routePrefix(prefix),
    tos: tos === undefined ? undefined : serviceName(tos),
    ...(paths === undefined ? hopOf(entry) : {}),
    table: table === TABLE_MAIN ? undefined : tableName(table),
    protocol: protocol === 'boot' ? undefined : protocol,
    scope: family === 6 || reach === 'global' ? undefined : reach,
    prefsrc: source === undefined ? undefined : formatIp(source),
    metric: family === 4 && metric === 0 ? undefined : metric,
    flags: paths === undefined ? flagWords(entry) : [],
    metrics: mtuBytes === undefined ? undefined : [{ mtu: mtuBytes }],
    pref: family === 6 ? 'medium' : undefined,
    nexthops: paths?.map(({ entry: path, weight, dead }) => ({
      ...hopOf(path),
      weight,
      flags: flagWords(path, dead),
    })),
  };
}

const hopOf = (entry: FibEntry): object => ({
  ...(entry.gateway === undefined ? {} : gatewayOf(entry.gateway, familyOf(entry.prefix.address))),
  dev: exitOf(entry),
});

const gatewayOf = (gateway: Ip, family: IpFamily): object =>
  familyOf(gateway) === family
    ? { gateway: formatIp(gateway) }
    : { via: { family: family === 4 ? 'inet6' : 'inet', host: formatIp(gateway) } };
