import type { Ip, IpFamily } from '@podpath/net';
import type { NextHopSpec, RouteSpec } from './commands.ts';
import type { Device, FibEntry, RoutePath } from './core.ts';
import { Bridge } from './devices/bridge.ts';
import { Veth } from './devices/veth.ts';
import { Vxlan } from './devices/vxlan.ts';
import { namespaceFiles } from './dump/namespace-files.ts';
import type { Namespace } from './namespace.ts';
import { age } from './neighbours/resolution.ts';
import type {
  DeviceView,
  FdbView,
  NamespaceView,
  NeighbourView,
  RouteDecision,
} from './network.ts';
import { isLinkLocal } from './routing/address-kinds.ts';
import { TABLE_MAIN } from './routing/fib.ts';
import { routeInput } from './routing/input-route.ts';
import { routeOutput } from './routing/output-route.ts';
import { refusalOf } from './routing/route-error.ts';
import { scopeName } from './routing/scope.ts';
import { routeLines } from './text/route-text.ts';
import { wireguardDump } from './text/wireguard-dump.ts';

/** The outside of a namespace: to look at, not to touch. */
export function viewOf(namespace: Namespace): NamespaceView {
  return {
    name: namespace.name,
    netfilter: namespace.netfilter,
    devices: () => [...namespace.devices.values()].map(deviceView),
    route: (to, options = {}) => decide(namespace, to, options),
    routes: (family, table = TABLE_MAIN) =>
      entriesOf(namespace, family, table).flatMap((entry) => specOf(entry) ?? []),
    neighbours: () => neighbourViews(namespace),
    fdb: () => fdbViews(namespace),
    sysctl: (key) => namespace.sysctls.get(key),
    wgDump: () => wireguardDump([...namespace.devices.values()]),
    snapshotFiles: () => namespaceFiles(namespace),
    ipRoute: (family, table = TABLE_MAIN) => routeLines(entriesOf(namespace, family, table)),
  };
}

function entriesOf(namespace: Namespace, family: IpFamily, table: number): readonly FibEntry[] {
  const found = family === 4 ? namespace.ipv4.table(table) : namespace.ipv6.table(table);
  return [...(found?.entries() ?? [])];
}

function deviceView(device: Device): DeviceView {
  const peer = device instanceof Veth ? device.peer : undefined;
  return {
    name: device.name,
    type: device.type,
    mac: device.mac,
    mtuBytes: device.mtuBytes,
    up: device.up,
    carrier: device.carrier,
    ...(device.master === undefined ? {} : { master: device.master.name }),
    ...(peer === undefined ? {} : { peer: { namespace: peer.namespace, device: peer.name } }),
    addresses: device.addresses.map(({ address, length }) => ({ address, length })),
  };
}

/** Written out once for each entry: the same few are asked for again and again. Of an entry, only the source changes. */
const specs = new WeakMap<
  FibEntry,
  { readonly source: Ip | undefined; readonly spec: RouteSpec }
>();

/** A route as a command would make it; IPv6's routes for groups and for routers in general cannot be made by one. */
function specOf(entry: FibEntry): RouteSpec | undefined {
  const known = specs.get(entry);
  if (known !== undefined && known.source === entry.source) return known.spec;
  const spec = writeSpec(entry);
  if (spec !== undefined) specs.set(entry, { source: entry.source, spec });
  return spec;
}

function writeSpec(entry: FibEntry): RouteSpec | undefined {
  const { type, prefix, source, mtuBytes } = entry;
  if (type === 'multicast' || type === 'anycast') return undefined;
  return {
    type,
    dst: prefix,
    ...(entry.tos === undefined ? {} : { tos: entry.tos }),
    ...(entry.paths === undefined ? hopOf(entry) : { nexthops: entry.paths.map(nexthopOf) }),
    ...(source === undefined ? {} : { src: source }),
    scope: scopeName(entry.scope),
    protocol: entry.protocol,
    metric: entry.metric,
    ...(mtuBytes === undefined ? {} : { mtuBytes }),
    table: entry.table,
  };
}

const hopOf = ({ gateway, device, onlink }: FibEntry): NextHopSpec => ({
  ...(gateway === undefined ? {} : { via: gateway }),
  ...(device === undefined ? {} : { dev: device.name }),
  ...(onlink ? { onlink } : {}),
});

const nexthopOf = ({ entry, weight }: RoutePath): NextHopSpec => ({ ...hopOf(entry), weight });

function decide(
  namespace: Namespace,
  to: Ip,
  options: { from?: Ip; inDevice?: string; mark?: number },
): RouteDecision {
  const { from, inDevice, mark = 0 } = options;
  const device = inDevice === undefined ? undefined : namespace.devices.get(inDevice);
  if (inDevice !== undefined && device === undefined) return { kind: 'error', error: 'EINVAL' };
  return device === undefined
    ? decideOutput(namespace, to, from, mark)
    : decideInput(namespace, to, from, device, mark);
}

function decideOutput(
  namespace: Namespace,
  to: Ip,
  from: Ip | undefined,
  mark: number,
): RouteDecision {
  const found = routeOutput(namespace, { to, from, mark });
  if (found.kind === 'error') return failed(found.error, found.entry);
  const made = decision(found.entry, found.device, found.source);
  const known = namespace.pathMtus.of(found.entry, to, namespace.nowMs);
  if (known === undefined || made.kind !== 'route') return made;
  const { mtuBytes, untilMs } = known;
  return { ...made, pathMtu: { mtuBytes, expiresMs: untilMs - namespace.nowMs } };
}

function decideInput(
  namespace: Namespace,
  to: Ip,
  from: Ip | undefined,
  device: Device,
  mark: number,
): RouteDecision {
  if (from === undefined) return decideForward(namespace, to, device, mark);
  const found = routeInput(namespace, device, { src: from, dst: to }, mark);
  if (found.kind === 'error') return failed(found.error, found.entry);
  if (found.kind === 'discard') return { kind: 'error', error: 'EINVAL' };
  return decision(found.entry, found.entry.device ?? device, undefined);
}

/** Without a source there is nothing to check but the way. */
function decideForward(namespace: Namespace, to: Ip, device: Device, mark: number): RouteDecision {
  const common = { inDevice: device.name, mark };
  const found =
    typeof to === 'number'
      ? namespace.ipv4.lookup({ ...common, to })
      : namespace.ipv6.lookup({ ...common, to, ...(isLinkLocal(to) ? { device } : {}) });
  if (typeof found === 'string') return failed(found, undefined);
  const refusal = refusalOf(found);
  return refusal === undefined
    ? decision(found, found.device ?? device, undefined)
    : failed(refusal, found);
}

function failed(
  error: Extract<RouteDecision, { kind: 'error' }>['error'],
  entry: FibEntry | undefined,
): RouteDecision {
  const route = entry === undefined ? undefined : specOf(entry);
  return route === undefined ? { kind: 'error', error } : { kind: 'error', error, route };
}

function decision(entry: FibEntry, device: Device, source: Ip | undefined): RouteDecision {
  const local = entry.type === 'local' || entry.type === 'anycast';
  const route = entry.type === 'anycast' ? writeSpec({ ...entry, type: 'local' }) : specOf(entry);
  if (route === undefined) return { kind: 'error', error: 'EINVAL' };
  const { table, gateway } = entry;
  if (local) return { kind: 'local', table, route, device: device.name };
  return {
    kind: 'route',
    table,
    route,
    device: device.name,
    ...(gateway === undefined ? {} : { via: gateway }),
    ...(source === undefined ? {} : { source }),
  };
}

function neighbourViews(namespace: Namespace): readonly NeighbourView[] {
  return [...namespace.neighbours].map((neighbour) => {
    age(namespace, neighbour);
    const { device, address, mac, state } = neighbour;
    return { device: device.name, address, ...(mac === undefined ? {} : { mac }), state };
  });
}

/** As `bridge fdb show` lists: what bridges and VXLAN devices forward by, device by device. */
function fdbViews(namespace: Namespace): readonly FdbView[] {
  const views: FdbView[] = [];
  const now = namespace.nowMs;
  for (const device of namespace.devices.values()) {
    if (device instanceof Bridge) {
      for (const { mac, port, life } of device.fdb.entries(now)) {
        views.push({ device: port?.device.name ?? device.name, mac, life });
      }
    }
    if (device instanceof Vxlan) {
      for (const { mac, remotes, life } of device.fdb.entries(now)) {
        for (const dst of remotes) views.push({ device: device.name, mac, dst, life });
      }
    }
  }
  return views;
}
