import type { Ip, IpFamily, Prefix } from '@podpath/net';
import type { NextHopSpec, RouteSpec, RouteType } from '../commands.ts';
import { scopeFrom } from './ip-address.ts';
import { type JsonEntry, readJsonEntries } from './json-entry.ts';
import { tableFrom } from './routing-tables.ts';
import { serviceFrom } from './service-field.ts';

export interface RouteDump {
  /** Complete: scope, protocol, metric and table are always there. In the order in which they are tried. */
  readonly routes: readonly RouteSpec[];
  /** Routes of IPv6's own making, for groups and for routers in general, which no command makes. */
  readonly implicit: number;
}

export interface RouteSource {
  readonly file: string;
  /** Routes of the other family are passed over: `ip -json route show table all` has both. */
  readonly family: IpFamily;
  readonly tables: ReadonlyMap<string, number>;
}

/** Fields that a route may have. Those that podpath does not read change nothing of where packets go. */
const FIELDS: ReadonlySet<string> = new Set([
  'age',
  'dev',
  'dst',
  'error',
  'expires',
  'flags',
  'gateway',
  'metric',
  'metrics',
  'nexthops',
  'nhid',
  'pref',
  'prefsrc',
  'protocol',
  'scope',
  'table',
  'tos',
  'type',
  'used',
  'users',
  'via',
]);

const TYPES: readonly RouteType[] = [
  'unicast',
  'local',
  'broadcast',
  'blackhole',
  'unreachable',
  'prohibit',
  'throw',
];

const DEFAULT_METRIC = { 4: 0, 6: 1024 } as const;
export const LEADS_NOWHERE: ReadonlySet<RouteType> = new Set([
  'blackhole',
  'unreachable',
  'prohibit',
  'throw',
]);

/** Reads `ip -json route show table all`. Throws ParseError. */
export function parseRoutes(text: string, source: RouteSource): RouteDump {
  const routes: RouteSpec[] = [];
  let implicit = 0;
  for (const entry of readJsonEntries(text, source.file)) {
    if (familyOfEntry(entry, source.family) !== source.family) continue;
    const type = entry.optionalText('type') ?? 'unicast';
    if (type === 'multicast' || type === 'anycast') implicit++;
    else routes.push(routeOf(entry, type, source));
  }
  return { routes, implicit };
}

function familyOfEntry(entry: JsonEntry, assumed: IpFamily): IpFamily {
  const dst = entry.text('dst');
  if (dst.includes(':')) return 6;
  if (dst.includes('.')) return 4;
  // `default`, whose family something else has to tell.
  if (entry.has('pref') || entry.optionalText('gateway')?.includes(':') === true) return 6;
  return entry.has('gateway') ? 4 : assumed;
}

function routeOf(entry: JsonEntry, type: string, { family, tables }: RouteSource): RouteSpec {
  entry.allowOnly(FIELDS, 'routes');
  const known = TYPES.find((each) => each === type);
  if (known === undefined) {
    return entry.fail(
      'type',
      `routes of type ${JSON.stringify(type)} are not supported`,
      TYPES.join(', '),
    );
  }
  const via = gatewayOf(entry);
  const dev = entry.optionalText('dev');
  const src = entry.optionalIp('prefsrc');
  const mtuBytes = mtuOf(entry);
  const onlink = entry.texts('flags').includes('onlink');
  return {
    type: known,
    dst: destinationOf(entry, family),
    ...(entry.has('tos') ? { tos: serviceFrom(entry) } : {}),
    ...(via === undefined ? {} : { via }),
    ...(dev === undefined || LEADS_NOWHERE.has(known) ? {} : { dev }),
    ...(onlink ? { onlink } : {}),
    ...(src === undefined ? {} : { src }),
    ...(family === 4 ? { scope: scopeFrom(entry, 'scope') } : {}),
    protocol: entry.optionalText('protocol') ?? 'boot',
    metric: entry.optionalInteger('metric') ?? DEFAULT_METRIC[family],
    ...(mtuBytes === undefined ? {} : { mtuBytes }),
    table: tableFrom(entry, tables),
    ...(entry.has('nexthops') ? { nexthops: entry.objects('nexthops').map(nexthopOf) } : {}),
  };
}

function nexthopOf(hop: JsonEntry): NextHopSpec {
  const via = gatewayOf(hop);
  const dev = hop.optionalText('dev');
  return {
    ...(via === undefined ? {} : { via }),
    ...(dev === undefined ? {} : { dev }),
    ...(hop.texts('flags').includes('onlink') ? { onlink: true } : {}),
    weight: hop.optionalInteger('weight') ?? 1,
  };
}

function destinationOf(entry: JsonEntry, family: IpFamily): Prefix {
  const text = entry.text('dst');
  if (text === 'default') return { address: family === 4 ? 0 : 0n, length: 0 };
  if (text.includes('/')) return entry.prefixFrom('dst', text);
  const address = entry.ip('dst');
  return { address, length: family === 4 ? 32 : 128 };
}

/** `gateway`, or `via` for one of the other family. */
function gatewayOf(entry: JsonEntry): Ip | undefined {
  return entry.object('via')?.ip('host') ?? entry.optionalIp('gateway');
}

/** Of the metrics only the MTU bears on where a packet goes; the others tune TCP. */
function mtuOf(entry: JsonEntry): number | undefined {
  for (const metrics of entry.objects('metrics')) {
    const mtuBytes = metrics.optionalInteger('mtu');
    if (mtuBytes !== undefined) return mtuBytes;
  }
  return undefined;
}
