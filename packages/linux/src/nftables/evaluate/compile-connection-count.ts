import { trackedEntry } from '../../netfilter/conntrack/attachment.ts';
import { Tuple } from '../../netfilter/conntrack/tuple.ts';
import type { TupleTable } from '../../netfilter/conntrack/tuple-table.ts';
import { countConnections } from '../../netfilter/match/connlimit.ts';
import type { NftConnectionCount } from '../model/statement.ts';
import { type StatementFunction, Step } from './objects.ts';

/** `ct count` (net/netfilter/nft_connlimit.c): of all connections that have come by the rule and are still there. */
export const compileConnectionCount = (
  { most, over = false }: NftConnectionCount,
  connections: TupleTable,
): StatementFunction => {
  const seen: Tuple[] = [];
  const ofPacket = new Tuple();
  return ({ view, env }) => {
    const tracked = trackedEntry(view.context.conntrack)?.original;
    if (tracked === undefined && !ofPacket.read(view)) return Step.DROP;
    const count = countConnections(seen, tracked ?? ofPacket, connections, env.nowMs());
    return count > most === over ? Step.NEXT : Step.BREAK;
  };
};
