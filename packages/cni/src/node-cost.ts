import type { NamespaceView, RouteSpec } from '@podpath/linux';
import type { NodeCost } from './plugin.ts';

const MAIN_TABLE = 254;
const LINK_LOCAL_V6 = 0xfe80n << 112n;

/** The kernel gives every device that is up a link-local route: it says nothing of the plugin. */
const isLinkLocal = ({ dst }: RouteSpec): boolean =>
  dst.address === LINK_LOCAL_V6 && dst.length === 64;

/** Counts what a node's namespace holds. Dynamic neighbours and learned FDB entries are not counted: they come and go. */
export function nodeCost(namespace: NamespaceView): NodeCost {
  return {
    ...namespace.netfilter.size(),
    routes: [...namespace.routes(4, MAIN_TABLE), ...namespace.routes(6, MAIN_TABLE)].filter(
      (route) => !isLinkLocal(route),
    ).length,
    neighbours: namespace.neighbours().filter((entry) => entry.state === 'permanent').length,
    fdbEntries: namespace.fdb().filter((entry) => entry.dst !== undefined).length,
  };
}
