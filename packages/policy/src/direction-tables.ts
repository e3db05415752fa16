import type { IpFamily } from '@podpath/net';
import { type ConnectionSet, EVERYTHING_ALLOWED, NOTHING_ALLOWED } from './connection-set.ts';
import { partTraffic } from './connections-between.ts';
import { getOrAdd } from './get-or-add.ts';
import { type Judge, subjectOf } from './judge.ts';
import { valuesNeeded } from './label-expression.ts';
import type { EndMatch, Rule, TrafficMatch } from './model.ts';
import { keyOf } from './model-parts.ts';
import { inFamily, type Member, pairOf } from './pair.ts';
import type { Party } from './parties.ts';
import { endMatches, servesAt } from './rule-match.ts';
import { NAMESPACE } from './scoped-labels.ts';
import type { Direction, PolicyRef } from './verdict.ts';

/** Ends that no policy can tell apart. */
export interface EndClass {
  /** Its index among all classes. */
  readonly id: number;
  readonly members: readonly Member[];
}

/**
 * What the policies of one end let through, kept by what they can tell about the other end: most policies tell few of all
 * others apart. For ends without host endpoints, which look at both ends and at what is between them.
 */
export interface DirectionTables {
  /**
   * `sources` and `destinations` are those of the ends; two of them are asked when nothing is known yet. What is known is found
   * without allocating. Sets are those that `intern` gives.
   */
  connections(
    direction: Direction,
    self: EndClass,
    other: EndClass,
    family: IpFamily,
    sources: readonly Member[],
    destinations: readonly Member[],
  ): ConnectionSet;
}

interface Table {
  /** By class of the other end; `NO_MATCH` for who matches nothing in particular. */
  groupOf(other: number): number;
  /** By group. */
  readonly sets: (ConnectionSet | undefined)[];
}

const NO_MATCH = 0;

export const createDirectionTables = (
  judge: Judge,
  classes: readonly EndClass[],
  intern: (set: ConnectionSet) => ConnectionSet,
): DirectionTables => {
  const matchingClasses = createMatching(classes);
  const tables = new Map<string, Table>();
  const tablesOf = (): (Table | undefined)[] => classes.map(() => undefined);
  const bySelf = {
    ingress: { 4: tablesOf(), 6: tablesOf() },
    egress: { 4: tablesOf(), 6: tablesOf() },
  };
  const policyIds = new Map<PolicyRef, number>();
  const declared = classes.map(declaredPorts);

  const tableOf = (
    direction: Direction,
    { id, members: [member = []] }: EndClass,
    family: IpFamily,
  ): Table => {
    const self = inFamily(member, family);
    const subject = self === undefined ? undefined : subjectOf(self);
    if (subject === undefined) return OPEN;
    const policies = judge.selection.of(subject, direction).flatMap((tier) => tier.policies);
    if (policies.length === 0) return OPEN;
    const rules = policies.flatMap((policy) => policy.rules);
    const ids = policies.map(({ ref }) => getOrAdd(policyIds, ref, () => policyIds.size));
    const own = rules.some((rule) => looksAt(rule, direction)) ? `${id}` : '';
    return getOrAdd(tables, `${direction} ${family} ${ids.join()} ${own}`, () => ({
      groupOf: groupsOf(
        rules.flatMap((rule) => otherSide(rule, direction)),
        rules.some((rule) =>
          namesPortsOf(rule, direction === 'ingress' ? 'source' : 'destination'),
        ),
        family,
      ),
      sets: [],
    }));
  };

  /** Two others are in one group when the same of the matches hold for them. */
  const groupsOf = (matches: readonly EndMatch[], portNames: boolean, family: IpFamily) => {
    const distinct = new Map(matches.map((match) => [keyOf(match), match]));
    const marks = new Map<number, string>();
    const mark = (id: number, what: string) => marks.set(id, `${marks.get(id) ?? ''} ${what}`);
    for (const [key, match] of distinct) {
      // A Service's ports differ from endpoint to endpoint.
      const apart = match.service !== undefined;
      for (const id of matchingClasses(key, match, family)) mark(id, apart ? `${key} ${id}` : key);
    }
    if (portNames) {
      for (const [id, ports] of declared.entries()) if (ports !== '') mark(id, ports);
    }
    const groups = new Map<string, number>();
    return sparse(
      classes.length,
      [...marks].map(([id, text]) => [id, getOrAdd(groups, text, () => groups.size + 1)]),
    );
  };

  const judged = (
    direction: Direction,
    family: IpFamily,
    sources: readonly Member[],
    destinations: readonly Member[],
  ): ConnectionSet => {
    const pair = pairOf(sources, destinations, family);
    if (pair === undefined) throw new Error('ends that can meet have nobody to meet');
    const parts = partTraffic(judge, pair.from, pair.to, (verdict) => verdict[direction].allowed);
    return intern(parts.get(true)?.traffic ?? NOTHING_ALLOWED);
  };

  return {
    connections: (direction, self, other, family, sources, destinations) => {
      let table = bySelf[direction][family][self.id];
      if (table === undefined) {
        table = tableOf(direction, self, family);
        bySelf[direction][family][self.id] = table;
      }
      const group = table.groupOf(other.id);
      let set = table.sets[group];
      if (set === undefined) {
        set = judged(direction, family, sources, destinations);
        table.sets[group] = set;
      }
      return set;
    },
  };
};

/** Of an end that nobody asks. */
const OPEN: Table = { groupOf: () => NO_MATCH, sets: [EVERYTHING_ALLOWED] };

const otherSide = ({ from, to }: Rule, direction: Direction): readonly EndMatch[] => {
  const side = direction === 'ingress' ? from : to;
  return side === 'anyone' ? [] : side;
};

/** Whether a rule asks more of the end that it polices than that its policy is about it. */
const looksAt = (rule: Rule, direction: Direction): boolean =>
  direction === 'ingress'
    ? rule.to !== 'anyone' || namesPortsOf(rule, 'destination')
    : rule.from !== 'anyone' || namesPortsOf(rule, 'source');

const namesPortsOf = ({ traffic }: Rule, end: 'source' | 'destination'): boolean =>
  traffic !== 'any' && traffic.some((match) => portsOf(match, end).some((port) => 'name' in port));

const portsOf = (match: TrafficMatch, end: 'source' | 'destination') =>
  end === 'source'
    ? [...(match.sourcePorts ?? []), ...(match.notSourcePorts ?? [])]
    : [...(match.ports ?? []), ...(match.notPorts ?? [])];

/** The named ports of a class, as text; empty where it has none. */
const declaredPorts = ({ members: [member = []] }: EndClass): string => {
  const declared = member.flatMap(({ things }) =>
    things.flatMap(({ ports }) => ports.filter(({ name }) => name !== undefined)),
  );
  return declared.length === 0 ? '' : JSON.stringify(declared);
};

/** Finds the classes that a match holds for, without going through those of other namespaces. */
const createMatching = (classes: readonly EndClass[]) => {
  const found = new Map<string, readonly number[]>();
  const indexes = { 4: indexByNamespace(classes, 4), 6: indexByNamespace(classes, 6) };

  return (key: string, match: EndMatch, family: IpFamily): readonly number[] =>
    getOrAdd(found, `${family} ${key}`, () => {
      const { all, byNamespace } = indexes[family];
      const names = match.labels === undefined ? undefined : valuesNeeded(match.labels, NAMESPACE);
      const candidates = names?.flatMap((name) => byNamespace.get(name) ?? []) ?? all;
      return [
        ...new Set(candidates.filter(([, party]) => matches(match, party)).map(([id]) => id)),
      ];
    });
};

type Candidate = readonly [id: number, party: Party];

const indexByNamespace = (classes: readonly EndClass[], family: IpFamily) => {
  const all: Candidate[] = [];
  const byNamespace = new Map<string, Candidate[]>();
  for (const { id, members } of classes) {
    const [member = []] = members;
    const party = inFamily(member, family);
    if (party === undefined) continue;
    all.push([id, party]);
    for (const { label } of party.things) {
      const name = label(NAMESPACE);
      if (name !== undefined) getOrAdd(byNamespace, name, () => []).push([id, party]);
    }
  }
  return { all, byNamespace };
};

const matches = (match: EndMatch, party: Party): boolean =>
  endMatches(match, party) && (match.service === undefined || servesAt(match.service, party));

/** Small where few are set, fast where many are. */
const sparse = (
  length: number,
  entries: readonly (readonly [number, number])[],
): Table['groupOf'] => {
  if (entries.length < length / 16) {
    const map = new Map(entries);
    return (id) => map.get(id) ?? NO_MATCH;
  }
  const dense = new Uint32Array(length);
  for (const [id, value] of entries) dense[id] = value;
  return (id) => dense[id] ?? NO_MATCH;
};
