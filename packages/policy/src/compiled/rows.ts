import type { IpFamily } from '@podpath/net';
import type { Direction } from '../verdict.ts';
import type { CompiledMatch } from './end-matches.ts';
import type { Identities, Identity } from './identities.ts';
import type { CompiledPolicyRules, CompiledRule, CompiledTier } from './policies.ts';
import type { PortList } from './traffic-sets.ts';

/** What the policies of an end say in one direction, for all identities about which they say the same. */
export interface Row {
  readonly key: string;
  readonly direction: Direction;
  readonly family: IpFamily;
  /** One of the identities it is or was for. */
  readonly self: Identity;
  readonly tiers: readonly RowTier[];
  /** All that its rules ask of the other end, each once. */
  readonly matches: readonly CompiledMatch[];
  /** Whether it depends on the ports that the other end declares by name, or that a Service has there. */
  readonly portsOfOther: boolean;
  readonly serviceOfOther: boolean;
  /** The identities that it is for. */
  readonly users: Set<Identity>;
  /** Where its cells are, in words, how many words of its own, and how many cells are taken. */
  start: number;
  size: number;
  taken: number;
  /** Of the hash. */
  shift: number;
  /** Sets of traffic for pods and for others that have no cell. */
  readonly defaults: [pods: number, others: number];
}

interface RowTier {
  readonly unmatched: CompiledTier['unmatched'];
  /** Without those that rule out the end itself. */
  readonly rules: readonly RowRule[];
}

export interface RowRule extends Omit<CompiledRule, 'self'> {
  /** Which of the rule's matches hold for the end itself, as they held when the row was made. Never empty. */
  readonly self: readonly Matched[];
}

/** What a match leaves to be asked of an end for which it holds. */
export interface Matched {
  readonly ports: PortList;
  /** The port that is dialled has to be this Service's there. */
  readonly service?: string | undefined;
}

/** A row without its cells, for an identity whose policies these are, in order. */
export const createRow = (
  key: string,
  direction: Direction,
  self: Identity,
  policies: readonly CompiledPolicyRules[],
): Row => {
  const tiers: { tier: CompiledTier; unmatched: RowTier['unmatched']; rules: RowRule[] }[] = [];
  for (const policy of policies) {
    let last = tiers.at(-1);
    if (last?.tier !== policy.tier) {
      last = { tier: policy.tier, unmatched: policy.tier.unmatched, rules: [] };
      tiers.push(last);
    }
    for (const rule of policy[direction] ?? []) {
      const holding = matchedBy(rule.self, self);
      if (holding.length > 0) last.rules.push({ ...rule, self: holding });
    }
  }
  const rules = tiers.flatMap((each) => each.rules);
  const matches = new Set(rules.flatMap(({ other }) => other ?? []));
  return {
    key,
    direction,
    family: self.family,
    self,
    tiers,
    matches: [...matches],
    portsOfOther: rules.some(({ traffic }) =>
      direction === 'egress' ? traffic.namesDestination : traffic.namesSource,
    ),
    serviceOfOther:
      direction === 'egress' && [...matches].some(({ service }) => service !== undefined),
    users: new Set(),
    start: 0,
    size: 0,
    taken: 0,
    shift: 0,
    defaults: [0, 0],
  };
};

/** What rules leave to be asked of an end; nothing where none of the matches holds. */
const matchedBy = (
  matches: readonly CompiledMatch[] | undefined,
  end: Identity,
): readonly Matched[] =>
  matches === undefined
    ? [{ ports: end }]
    : matches.flatMap((match) =>
        match.holds(end) ? [{ ports: match.portsOf(end), service: match.service }] : [],
      );

/** Equal for identities that the same policies treat alike. */
export const rowKeyOf = (
  direction: Direction,
  self: Identity,
  policies: readonly CompiledPolicyRules[],
): string => {
  let key = `${direction}${self.family}`;
  for (const policy of policies) {
    key += `,${policy.serial}`;
    for (const { self: matches, traffic } of policy[direction] ?? []) {
      const named = direction === 'ingress' ? traffic.namesDestination : traffic.namesSource;
      if (matches === undefined) {
        if (named) key += `p${self.portList}`;
        continue;
      }
      for (const match of matches) {
        key += match.holds(self) ? (named ? `p${match.portsOf(self).portList}` : 's1') : 's0';
      }
      if (matches.some(({ service }) => service !== undefined)) key += `a${self.address.id}`;
    }
  }
  return key;
};

/** The identities that may need a cell in a row: those that differ from what holds for most. */
export function* deviantsOf(row: Row, identities: Identities): Generator<Identity> {
  const seen = new Set<Identity>();
  const lists = row.matches.map(({ deviants }) => deviants);
  for (const list of row.portsOfOther ? [...lists, identities.withPorts] : lists) {
    for (const identity of list) {
      if (identity.family !== row.family || seen.has(identity)) continue;
      seen.add(identity);
      yield identity;
    }
  }
}
