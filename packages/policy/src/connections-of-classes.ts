import type { IpFamily } from '@podpath/net';
import { type ConnectionSet, commonTo } from './connection-set.ts';
import { connectionsBetween } from './connections-between.ts';
import { createDirectionTables, type EndClass } from './direction-tables.ts';
import { getOrAdd } from './get-or-add.ts';
import type { Judge } from './judge.ts';
import type { Pair } from './pair.ts';

/** What an end of one class may open to one of another; `pair` gives two such ends that policies are asked about. */
export type Connections = (
  from: number,
  to: number,
  family: IpFamily,
  pair: () => Pair,
) => ConnectionSet;

/** Judges each class once: what its own policies let out, and what in. */
export const connectionsOfClasses = (judge: Judge, classes: readonly EndClass[]): Connections => {
  const tables = createDirectionTables(judge, classes);
  const common = new Map<ConnectionSet, Map<ConnectionSet, ConnectionSet>>();
  const byHosts = new Map<string, ConnectionSet>();

  const hasHost = classes.map(({ members: [member] }) => member?.[0]?.host !== undefined);

  return (fromId, toId, family, pair) => {
    if (hasHost[fromId] || hasHost[toId]) {
      return getOrAdd(byHosts, `${fromId} ${toId} ${family}`, () => {
        const { from, to } = pair();
        return connectionsBetween(judge, from, to);
      });
    }
    const from = classes[fromId];
    const to = classes[toId];
    if (from === undefined || to === undefined) throw new RangeError('there is no such class');
    const out = tables.connections('egress', from, to, family, pair);
    const into = tables.connections('ingress', to, from, family, pair);
    if (out === into) return out;
    const withOut = getOrAdd(common, out, () => new Map<ConnectionSet, ConnectionSet>());
    return getOrAdd(withOut, into, () => commonTo(out, into));
  };
};
