import type { NetworkPlugin } from '@podpath/cni';
import type { NamespaceView, RouteSpec } from '@podpath/linux';
import { Ipv4Table, NO_MATCH } from '@podpath/lpm';
import { formatIp, formatPrefix } from '@podpath/net';
import { Netmask } from 'netmask';
import { linearScan } from '../peers/linear-scan.ts';
import { install, PLUGINS } from '../plugins.ts';
import { addressStream } from '../workloads/streams.ts';
import { buildCluster, CLUSTERS, onCluster, type Workload } from '../workloads/workload.ts';
import type { Subject, Suite, Timed } from './suite.ts';

const MAIN_TABLE = 254;
const LOOKUPS = 1024;
/** Peers that try every route are not worth their wait beyond this. */
const MOST_ROUTES_FOR_NETMASK = 2_000;

/** The plugin whose table the structures and peers are filled with: the one with the most routes. */
const TABLE_OF = 'calico';

export const routeLookup: Suite = {
  name: 'route-lookup',
  title: 'Route lookup',
  about:
    'How many addresses a second the emulated FIB of one node decides, in the main table that the plugin programs there. ' +
    'The figure is the emulator’s; the number of routes is the plugin’s own and holds on a real node too.',
  quantity: 'rate',
  measure: 'lookups a second',
  workloadTitle: 'Cluster',
  workloads: CLUSTERS.map((workload) =>
    onCluster(
      workload,
      `one node of ${workload.nodes}, asked for ${LOOKUPS} addresses: nine in ten of pods anywhere in the cluster, the rest outside it`,
      subjects(workload),
    ),
  ),
};

function subjects(workload: Workload): readonly Subject[] {
  return [
    ...PLUGINS.map(
      (plugin): Subject => ({
        name: plugin.name,
        role: 'plugin',
        prepare: () => fib(plugin, workload),
      }),
    ),
    { name: `lpm batch (${TABLE_OF}’s routes)`, role: 'own', prepare: () => lpmBatch(workload) },
    { name: `linear scan (${TABLE_OF}’s routes)`, role: 'peer', prepare: () => scan(workload) },
    {
      name: `netmask (${TABLE_OF}’s routes)`,
      role: 'peer',
      skip:
        workload.nodes > MOST_ROUTES_FOR_NETMASK
          ? `trying ${workload.nodes} blocks for each address takes minutes and says nothing new`
          : undefined,
      prepare: () => netmaskScan(workload),
    },
  ];
}

interface Question {
  readonly namespace: NamespaceView;
  readonly routes: readonly RouteSpec[];
  readonly addresses: Uint32Array;
}

function question(plugin: NetworkPlugin, workload: Workload): Question {
  const path = install(plugin, buildCluster(workload));
  const namespace = path.namespace({ kind: 'node', name: 'node-0' });
  const routes = namespace.routes(4, MAIN_TABLE);
  // Local addresses are another table's: a stream of the node's own would not ask this one.
  const addresses = addressStream(path.cluster, LOOKUPS * 2, workload.seed)
    .filter((address) => namespace.route(address).kind !== 'local')
    .slice(0, LOOKUPS);
  return { namespace, routes, addresses };
}

const tableOwner = (): NetworkPlugin => {
  const plugin = PLUGINS.find((each) => each.name === TABLE_OF);
  if (plugin === undefined) throw new RangeError(`no plugin ${TABLE_OF}`);
  return plugin;
};

function fib(plugin: NetworkPlugin, workload: Workload): Timed {
  const { namespace, routes, addresses } = question(plugin, workload);
  const lengthOf = (address: number): number => {
    const decision = namespace.route(address);
    return decision.route?.dst.length ?? -1;
  };
  return {
    kind: 'timed',
    operations: addresses.length,
    holds: { routes: routes.length },
    run: () => {
      let sum = 0;
      for (const address of addresses) sum += lengthOf(address);
      return sum;
    },
    check: () =>
      checkAll(
        addresses,
        (address) => lengthOf(address),
        (address) => routes[linearScan(routes, address)]?.dst.length ?? -1,
      ),
  };
}

function lpmBatch(workload: Workload): Timed {
  const { routes, addresses } = question(tableOwner(), workload);
  const table = new Ipv4Table();
  for (const [index, { dst }] of routes.entries()) {
    if (typeof dst.address === 'number') table.insert(dst.address, dst.length, index);
  }
  const out = new Uint32Array(addresses.length);
  return {
    kind: 'timed',
    operations: addresses.length,
    holds: { routes: routes.length },
    run: () => {
      table.lookupBatch(addresses, out);
      return (out[0] ?? 0) + (out[out.length - 1] ?? 0);
    },
    check: () => {
      table.lookupBatch(addresses, out);
      return checkAll(
        addresses,
        (_, index) => out[index] ?? NO_MATCH,
        (address) => {
          const found = linearScan(routes, address);
          return found < 0 ? NO_MATCH : found;
        },
      );
    },
  };
}

function scan(workload: Workload): Timed {
  const { routes, addresses } = question(tableOwner(), workload);
  const some = addresses.subarray(0, Math.max(16, Math.floor(200_000 / routes.length)));
  return {
    kind: 'timed',
    operations: some.length,
    holds: { routes: routes.length },
    run: () => {
      let sum = 0;
      for (const address of some) sum += linearScan(routes, address);
      return sum;
    },
    // It is the oracle: nothing to hold it to but itself.
    check: () =>
      checkAll(
        some,
        (address) => linearScan(routes, address),
        (address) => linearScan(routes, address),
      ),
  };
}

function netmaskScan(workload: Workload): Timed {
  const { routes, addresses } = question(tableOwner(), workload);
  const blocks = routes
    .map((route) => ({ block: new Netmask(formatPrefix(route.dst)), length: route.dst.length }))
    .sort((a, b) => b.length - a.length);
  const some = Array.from(
    addresses.subarray(0, Math.max(4, Math.floor(4_000 / blocks.length))),
    formatIp,
  );
  const lengthOf = (address: string): number =>
    blocks.find(({ block }) => block.contains(address))?.length ?? -1;
  return {
    kind: 'timed',
    operations: some.length,
    holds: { routes: routes.length },
    run: () => some.reduce((sum, address) => sum + lengthOf(address), 0),
    check: () =>
      checkAll(
        addresses.subarray(0, some.length),
        (address) => lengthOf(formatIp(address)),
        (address) => routes[linearScan(routes, address)]?.dst.length ?? -1,
      ),
  };
}

function checkAll(
  addresses: Uint32Array,
  answer: (address: number, index: number) => number,
  oracle: (address: number) => number,
): number {
  for (const [index, address] of addresses.entries()) {
    const got = answer(address, index);
    const expected = oracle(address);
    if (got !== expected) {
      throw new Error(`${formatIp(address)}: expected ${expected}, got ${got}`);
    }
  }
  return addresses.length;
}
