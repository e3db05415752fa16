import type { CompiledMatch } from './end-matches.ts';
import { type Identity, kindOf } from './identities.ts';
import type { Matched, Row, RowRule } from './rows.ts';
import type { Bits, PortList, RuleTraffic, TrafficSets } from './traffic-sets.ts';

const NO_PORTS: PortList = { ports: [], portList: 0 };
const NOTHING_ASKED: Matched = { ports: NO_PORTS };
const ANYONE: readonly Matched[] = [NOTHING_ASKED];

/** Folds the rules of a row into the set of traffic that they let pass between its end and another. */
export class Folding {
  readonly #sets: TrafficSets;
  readonly #traffic: RuleTraffic;

  constructor(sets: TrafficSets, traffic: RuleTraffic) {
    this.#sets = sets;
    this.#traffic = traffic;
  }

  /** For those of a kind (`kindOf`) about which there is nothing special. */
  ofDefault(row: Row, kind: number): number {
    return this.#fold(row, ({ byDefault }) => byDefault[kind] === true, undefined);
  }

  of(row: Row, other: Identity): number {
    return this.#fold(row, (match) => match.holds(other), other);
  }

  /** Equal for identities of which `of` says the same. */
  static keyOf(row: Row, other: Identity): string {
    let key = `${kindOf(other)}`;
    for (const match of row.matches) {
      if (!match.holds(other)) key += '0';
      else key += row.portsOfOther ? `p${match.portsOf(other).portList}` : '1';
    }
    if (row.portsOfOther) key += `p${other.portList}`;
    if (row.serviceOfOther) key += `a${other.address.id}`;
    return key;
  }

  #fold(row: Row, holds: (match: CompiledMatch) => boolean, other: Identity | undefined): number {
    const open = this.#sets.all();
    const allowed = this.#sets.none();
    for (const { unmatched, rules } of row.tiers) {
      // What no rule of the tier has matched yet.
      const left = open.slice();
      for (const rule of rules) {
        const there = matchedBy(rule, holds, other);
        if (there.length === 0) continue;
        const bits = this.#matched(row, rule, there, other);
        for (let at = 0; at < left.length; at++) {
          const matched = (left[at] ?? 0) & (bits[at] ?? 0);
          left[at] = (left[at] ?? 0) & ~matched;
          if (rule.action === 'pass') continue;
          open[at] = (open[at] ?? 0) & ~matched;
          if (rule.action === 'allow') allowed[at] = (allowed[at] ?? 0) | matched;
        }
      }
      if (unmatched === 'deny') {
        for (let at = 0; at < left.length; at++) open[at] = (open[at] ?? 0) & ~(left[at] ?? 0);
      }
    }
    for (let at = 0; at < open.length; at++) allowed[at] = (allowed[at] ?? 0) | (open[at] ?? 0);
    return this.#sets.numberOf(allowed);
  }

  /** The traffic that a rule matches between ends for which these of its matches hold. */
  #matched(
    { direction, family, self }: Row,
    { self: here, traffic }: RowRule,
    there: readonly Matched[],
    other: Identity | undefined,
  ): Bits {
    const egress = direction === 'egress';
    const [sources, destinations] = egress ? [here, there] : [there, here];
    const [{ ports: source } = NOTHING_ASKED] = sources;
    const [{ ports: destination, service } = NOTHING_ASKED] = destinations;
    const alike =
      (!traffic.namesSource || sources.length === 1) &&
      (!traffic.namesDestination || destinations.length === 1);
    if (alike && service === undefined) {
      return this.#traffic.bits(traffic, family, source, destination);
    }
    const served = (egress ? other : self)?.served ?? [];
    const union = this.#sets.none();
    for (const { ports, service: name } of destinations) {
      const dialled = name === undefined ? undefined : this.#traffic.served(name, served);
      for (const from of sources) {
        const bits = this.#traffic.bits(traffic, family, from.ports, ports);
        for (let at = 0; at < union.length; at++) {
          const more =
            dialled === undefined ? (bits[at] ?? 0) : (bits[at] ?? 0) & (dialled[at] ?? 0);
          union[at] = (union[at] ?? 0) | more;
        }
      }
    }
    return union;
  }
}

/** What a rule leaves to be asked of the other end; nothing where none of its matches holds. */
const matchedBy = (
  { other: matches }: RowRule,
  holds: (match: CompiledMatch) => boolean,
  other: Identity | undefined,
): readonly Matched[] => {
  if (matches === undefined) return other === undefined ? ANYONE : [{ ports: other }];
  return matches.flatMap((match) =>
    holds(match)
      ? [{ ports: other === undefined ? NO_PORTS : match.portsOf(other), service: match.service }]
      : [],
  );
};
