import { datatypeInfo } from '../model/datatype.ts';
import { fieldInfo, type NftField } from '../model/field.ts';
import { isValue, type NftMatch, type NftStatement } from '../model/statement.ts';

/** Fields that lie side by side in a header, in the order of the header. */
const HEADERS: readonly (readonly NftField[])[] = [
  ['ether daddr', 'ether saddr', 'ether type'],
  [
    'arp htype',
    'arp ptype',
    'arp hlen',
    'arp plen',
    'arp operation',
    'arp saddr ether',
    'arp saddr ip',
    'arp daddr ether',
    'arp daddr ip',
  ],
  ['ip ttl', 'ip protocol'],
  ['ip6 nexthdr', 'ip6 hoplimit'],
  ['tcp sport', 'tcp dport'],
  ['udp sport', 'udp dport'],
  ['sctp sport', 'sctp dport'],
  ['icmp type', 'icmp code'],
  ['icmpv6 type', 'icmpv6 code'],
];

/** Which field comes after a field. */
const NEXT: ReadonlyMap<NftField, NftField> = new Map(
  HEADERS.flatMap((fields) =>
    fields.flatMap((field, at) => {
      const next = fields[at + 1];
      return next === undefined ? [] : [[field, next] as const];
    }),
  ),
);

/** Fields that say what comes behind their header: they keep their place. */
const PROTOCOLS: ReadonlySet<NftField> = new Set(['ether type', 'ip protocol']);

/** Bits that are compared at once. */
const MOST_BITS = 128;

/** A comparison of one field of a header with one value. */
type Exact = NftMatch & { readonly left: NftField };

/**
 * nft compares neighbouring fields of a header at once, where all are to be equal to something or none is
 * (payload_try_merge in nft's src/payload.c). Here they are put side by side, in the order of the header, where nft puts
 * them: at the first field's place, but never away from where the protocol is asked for. What stands between comparisons
 * keeps them apart, unless there was only one before it.
 *
 * Several `!=` that are merged ask for something else than as many that are not: see `isMergedPair`.
 */
export const mergeNeighbours = (statements: readonly NftStatement[]): readonly NftStatement[] => {
  let ordered = [...statements];
  let compared: Exact[] = [];
  for (const statement of statements) {
    if (isExact(statement)) compared.push(statement);
    else if (statement.kind !== 'match' && compared.length > 1) {
      ordered = mergeRun(ordered, compared);
      compared = [];
    }
  }
  return mergeRun(ordered, compared);
};

const mergeRun = (statements: NftStatement[], compared: readonly Exact[]): NftStatement[] => {
  for (const fields of HEADERS) {
    const inOrder = fields.flatMap((field) => compared.filter(({ left }) => left === field));
    for (const group of groupsOf(inOrder)) putTogether(statements, group);
  }
  return statements;
};

const groupsOf = (inOrder: readonly Exact[]): readonly (readonly Exact[])[] => {
  const groups: Exact[][] = [];
  for (const match of inOrder) {
    const last = groups.at(-1);
    if (last !== undefined && joins(last, match)) last.push(match);
    else groups.push([match]);
  }
  return groups.filter(({ length }) => length > 1);
};

const putTogether = (statements: NftStatement[], group: readonly Exact[]): void => {
  const stays = group.findLast(({ left }) => PROTOCOLS.has(left)) ?? group[0];
  for (const match of group) {
    if (match !== stays) statements.splice(statements.indexOf(match), 1);
  }
  if (stays !== undefined) statements.splice(statements.indexOf(stays), 1, ...group);
};

/** Whether a comparison is made at once with those before it. */
const joins = (group: readonly Exact[], match: Exact): boolean => {
  const last = group.at(-1);
  const bits = [...group, match].reduce(
    (sum, { left }) => sum + datatypeInfo(fieldInfo(left).datatype).bits,
    0,
  );
  return (
    last !== undefined &&
    NEXT.get(last.left) === match.left &&
    isDifferent(last) === isDifferent(match) &&
    bits <= MOST_BITS
  );
};

/**
 * How many comparisons from this one on are one `!=` of all their fields together: it asks that they are not the values
 * together, and not that none of them is. 1, where there is nothing to be taken together.
 */
export const mergedInequalities = (statements: readonly NftStatement[], at: number): number => {
  const group: Exact[] = [];
  for (let index = at; ; index++) {
    const statement = statements[index];
    if (statement === undefined || !isExact(statement) || !isDifferent(statement)) break;
    if (group.length > 0 && !joins(group, statement)) break;
    group.push(statement);
  }
  return Math.max(1, group.length);
};

const isDifferent = ({ op }: NftMatch): boolean => op === '!=';

/** Fields that are read whole, and not as some bits of a byte. */
const WHOLE = /^(?:ether|arp|tcp|udp|sctp|th|icmp|icmpv6) |^vlan type$|^ip6? (?!dscp)/;

const isExact = (statement: NftStatement): statement is Exact =>
  statement.kind === 'match' &&
  typeof statement.left === 'string' &&
  WHOLE.test(statement.left) &&
  (statement.op === undefined || statement.op === '!=') &&
  isValue(statement.right) &&
  typeof statement.right !== 'object' &&
  statement.left !== 'tcp flags';
