import type { NamespaceView } from '@podpath/linux';
import type { NodeCost } from './plugin.ts';

const MAIN_TABLE = 254;

/** Counts what a node's namespace holds. Dynamic neighbours and learned FDB entries are not counted: they come and go. */
export function nodeCost(namespace: NamespaceView): NodeCost {
  return {
    ...namespace.netfilter.size(),
    routes: namespace.routes(4, MAIN_TABLE).length + namespace.routes(6, MAIN_TABLE).length,
    neighbours: namespace.neighbours().filter((entry) => entry.state === 'permanent').length,
    fdbEntries: namespace.fdb().filter((entry) => entry.dst !== undefined).length,
  };
}
