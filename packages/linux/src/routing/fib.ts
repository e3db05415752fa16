import type { Ip, IpFamily } from '@podpath/net';
import type { RuleSpec } from '../commands.ts';
import type { FibEntry } from '../core.ts';
import { FibTable, type RouteDemand } from './fib-table.ts';
import type { PrefixLists } from './prefix-lists.ts';
import type { RouteError } from './route-error.ts';
import { type RouteKey, ruleMatches, suppresses } from './rule-match.ts';

export const TABLE_LOCAL = 255;
export const TABLE_MAIN = 254;
const TABLE_DEFAULT = 253;

/** The routing of one family: rules in order of priority, and the tables they look into. */
export class Fib<A extends Ip> {
  readonly family: IpFamily;
  readonly rules: RuleSpec[];
  /** Rules have been changed: from the first change on, for good. */
  hasCustomRules = false;
  /** Somebody added a local route by hand: then own addresses are told by lookups, not by devices. */
  hasCustomLocalRoutes = false;
  /** There has been a route or rule for which it counts what a packet carries. */
  readsFlows = false;
  readonly #tables = new Map<number, FibTable<A>>();
  readonly #newLists: () => PrefixLists<A, FibEntry>;

  constructor(family: IpFamily, newLists: () => PrefixLists<A, FibEntry>) {
    this.family = family;
    this.#newLists = newLists;
    this.rules = [
      lookupRule(family, 0, TABLE_LOCAL),
      lookupRule(family, 32766, TABLE_MAIN),
      // IPv6 has no table "default".
      ...(family === 4 ? [lookupRule(family, 32767, TABLE_DEFAULT)] : []),
    ];
  }

  /** The table to read; one that nobody wrote to has no routes. */
  table(id: number): FibTable<A> | undefined {
    return this.#tables.get(id);
  }

  /** The table to write to, made when it is first needed. */
  tableFor(id: number): FibTable<A> {
    let table = this.#tables.get(id);
    if (table === undefined) {
      table = new FibTable<A>(id, this.#newLists());
      this.#tables.set(id, table);
    }
    return table;
  }

  tables(): Iterable<FibTable<A>> {
    return this.#tables.values();
  }

  /** The route (maybe one that refuses), or the error that a rule made or that nothing was found. */
  lookup(key: RouteKey<A>): FibEntry | RouteError {
    if (this.#merged) {
      const entry = this.#lookupMerged(key.to, key);
      if (entry !== undefined && entry.type !== 'throw') return entry;
      return this.#tables.get(TABLE_DEFAULT)?.lookup(key.to, key) ?? 'ENETUNREACH';
    }
    for (let index = 0; index < this.rules.length; index++) {
      const rule = this.rules[index];
      if (rule === undefined || !ruleMatches(rule, key)) continue;
      const { action } = rule;
      switch (action.kind) {
        case 'goto': {
          // Only ever forward; without a rule to go to it is passed over.
          const target = this.rules.findIndex(({ priority }) => priority === action.priority);
          if (target > index) index = target - 1;
          break;
        }
        case 'nop':
          break;
        case 'lookup': {
          const entry = this.#tables.get(action.table)?.lookup(key.to, key);
          if (entry !== undefined && !suppresses(action, entry)) return entry;
          break;
        }
        default:
          return RULE_ERRORS[action.kind];
      }
    }
    return 'ENETUNREACH';
  }

  /** What an address is to this host: the local table's route for it. */
  lookupLocal(address: A): FibEntry | undefined {
    return this.#merged
      ? this.#lookupMerged(address)
      : this.#tables.get(TABLE_LOCAL)?.lookup(address);
  }

  /**
   * As long as nobody touches the rules, IPv4 keeps the tables local and main in one trie: then the longer
   * prefix of the two wins, and only between equals the local one.
   */
  get #merged(): boolean {
    return this.family === 4 && !this.hasCustomRules;
  }

  #lookupMerged(address: A, demand?: RouteDemand): FibEntry | undefined {
    const local = this.#tables.get(TABLE_LOCAL)?.match(address, demand);
    if (local?.prefix.length === 32) return local;
    const main = this.#tables.get(TABLE_MAIN)?.match(address, demand);
    if (local === undefined || main === undefined) return local ?? main;
    return local.prefix.length >= main.prefix.length ? local : main;
  }
}

const RULE_ERRORS = {
  blackhole: 'EINVAL',
  unreachable: 'ENETUNREACH',
  prohibit: 'EACCES',
} as const;

const lookupRule = (family: IpFamily, priority: number, table: number): RuleSpec => ({
  family,
  priority,
  action: { kind: 'lookup', table },
});
