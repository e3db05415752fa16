import type { IpFamily } from '@podpath/net';
import {
  allowsEverything,
  type ConnectionSet,
  EVERYTHING_ALLOWED,
  NOTHING_ALLOWED,
} from './connection-set.ts';
import { partTraffic } from './connections-between.ts';
import { getOrAdd } from './get-or-add.ts';
import { type Judge, subjectOf } from './judge.ts';
import { valuesNeeded } from './label-expression.ts';
import type { EndMatch, Rule, TrafficMatch } from './model.ts';
import { keyOf } from './model-parts.ts';
import { inFamily, type Member, type Pair } from './pair.ts';
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
  /** `pair` is one of the ends' that policies are asked about. Equal sets are the same object. */
  connections(
    direction: Direction,
    self: EndClass,
    other: EndClass,
    family: IpFamily,
    pair: () => Pair,
  ): ConnectionSet;
}

interface Table {
  /** By class of the other end. */
  groupOf(other: number): number | undefined;
  /** By group; of those who match nothing in particular, the one for `undefined`. */
  readonly sets: Map<number | undefined, ConnectionSet>;
}

export const createDirectionTables = (
  judge: Judge,
  classes: readonly EndClass[],
): DirectionTables => {
  const matchingClasses = createMatching(classes);
  const tables = new Map<string, Table>();
  const bySelf = {
    ingress: { 4: new Map<number, Table>(), 6: new Map<number, Table>() },
    egress: { 4: new Map<number, Table>(), 6: new Map<number, Table>() },
  };
  const policyIds = new Map<PolicyRef, number>();
  const declared = classes.map(declaredPorts);
  const interned = new Map<string, ConnectionSet>();

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
      sets: new Map(),
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
      [...marks].map(([id, text]) => [id, getOrAdd(groups, text, () => groups.size)]),
    );
  };

  return {
    connections: (direction, self, other, family, pair) => {
      const table = getOrAdd(bySelf[direction][family], self.id, () =>
        tableOf(direction, self, family),
      );
      return getOrAdd(table.sets, table.groupOf(other.id), () => {
        const { from, to } = pair();
        const parts = partTraffic(judge, from, to, (verdict) => verdict[direction].allowed);
        const set = parts.get(true)?.traffic ?? NOTHING_ALLOWED;
        if (allowsEverything(set)) return EVERYTHING_ALLOWED;
        return getOrAdd(interned, JSON.stringify(set), () => set);
      });
    },
  };
};

/** Of an end that nobody asks. */
const OPEN: Table = { groupOf: () => undefined, sets: new Map([[undefined, EVERYTHING_ALLOWED]]) };

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
    return (id) => map.get(id);
  }
  const dense = new Uint32Array(length);
  for (const [id, value] of entries) dense[id] = value + 1;
  return (id) => {
    const value = dense[id];
    return value === undefined || value === 0 ? undefined : value - 1;
  };
};
