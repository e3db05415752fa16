import type { IpFamily } from '@podpath/net';
import {
  type ConnectionSet,
  commonTo,
  createInterning,
  EVERYTHING_ALLOWED,
} from './connection-set.ts';
import { connectionsBetween } from './connections-between.ts';
import { createDirectionTables, type EndClass } from './direction-tables.ts';
import { getOrAdd } from './get-or-add.ts';
import type { Judge } from './judge.ts';
import { type Member, pairOf } from './pair.ts';

/**
 * What an end of one class may open to one of another, where some of `sources` and `destinations`, the ends' members, can
 * connect.
 */
export type Connections = (
  from: number,
  to: number,
  family: IpFamily,
  sources: readonly Member[],
  destinations: readonly Member[],
) => ConnectionSet;

/** Judges each class once: what its own policies let out, and what in. Equal sets are the same object. */
export const connectionsOfClasses = (judge: Judge, classes: readonly EndClass[]): Connections => {
  const intern = createInterning();
  const tables = createDirectionTables(judge, classes, intern);
  const common = new Map<ConnectionSet, Map<ConnectionSet, ConnectionSet>>();
  const byHosts = new Map<string, ConnectionSet>();
  const hasHost = classes.map(({ members: [member] }) => member?.[0]?.host !== undefined);

  const betweenHosts: Connections = (fromId, toId, family, sources, destinations) =>
    getOrAdd(byHosts, `${fromId} ${toId} ${family}`, () => {
      const pair = pairOf(sources, destinations, family);
      if (pair === undefined) throw new Error('ends that can meet have nobody to meet');
      return intern(connectionsBetween(judge, pair.from, pair.to));
    });

  const commonSet = (out: ConnectionSet, into: ConnectionSet): ConnectionSet => {
    const withOut = getOrAdd(common, out, () => new Map<ConnectionSet, ConnectionSet>());
    return getOrAdd(withOut, into, () => intern(commonTo(out, into)));
  };

  return (fromId, toId, family, sources, destinations) => {
    if (hasHost[fromId] || hasHost[toId]) {
      return betweenHosts(fromId, toId, family, sources, destinations);
    }
    const from = classes[fromId];
    const to = classes[toId];
    if (from === undefined || to === undefined) throw new RangeError('there is no such class');
    const out = tables.connections('egress', from, to, family, sources, destinations);
    const into = tables.connections('ingress', to, from, family, sources, destinations);
    if (out === into || into === EVERYTHING_ALLOWED) return out;
    return out === EVERYTHING_ALLOWED ? into : commonSet(out, into);
  };
};
