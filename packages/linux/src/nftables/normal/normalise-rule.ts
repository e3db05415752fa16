import { IpProtocol } from '@podpath/net';
import { isProtocolField, networkNumbered, ProtocolContext } from '../check/protocol-context.ts';
import { fieldInfo, type NftField } from '../model/field.ts';
import { fieldOf, type NftLookupKey, type NftOperand, operandsOf } from '../model/operand.ts';
import type { NftFamily } from '../model/ruleset.ts';
import type { NftMatch, NftReject, NftRule, NftStatement } from '../model/statement.ts';
import { isConcatenation } from '../model/value.ts';
import type { DeviceNumbers } from '../sets/encode-key.ts';
import { mergeNeighbours } from './merge-neighbours.ts';
import { normaliseStatement } from './normalise-statement.ts';

/**
 * A rule in the one form in which nft lists it, whatever way it was written: the kernel keeps comparisons and not
 * their spelling, and nft leaves out what goes without saying.
 */
export const normaliseRule = (
  rule: NftRule,
  family: NftFamily,
  devices: DeviceNumbers,
): NftRule => {
  const statements = rule.statements.map((statement) => normaliseStatement(statement, devices));
  return { ...rule, statements: fitTogether(joinRanges(statements), family) };
};

/** `field >= a` and `field <= b` in a row are `field a-b`. */
const joinRanges = (statements: readonly NftStatement[]): readonly NftStatement[] => {
  const joined: NftStatement[] = [];
  for (const statement of statements) {
    const range = rangeFrom(joined.at(-1), statement);
    if (range === undefined) joined.push(statement);
    else joined[joined.length - 1] = range;
  }
  return joined;
};

const rangeFrom = (first: NftStatement | undefined, last: NftStatement): NftMatch | undefined => {
  if (first?.kind !== 'match' || last.kind !== 'match' || first.left !== last.left)
    return undefined;
  if (first.op !== '>=' || last.op !== '<=') return undefined;
  const { right: low } = first;
  const { right: high } = last;
  if (typeof low === 'object' || typeof high === 'object' || low > high) return undefined;
  return { kind: 'match', left: last.left, right: { first: low, last: high } };
};

/** What depends on the statements before: guards that a later field implies, answers by the family. */
const fitTogether = (
  statements: readonly NftStatement[],
  family: NftFamily,
): readonly NftStatement[] => {
  const context = new ProtocolContext(family);
  const fitted: NftStatement[] = [];
  const named = namePorts(statements, family);
  for (const [index, statement] of named.entries()) {
    const rest = named.slice(index + 1);
    switch (statement.kind) {
      case 'match':
        if (!isImplied(statement, rest, family)) fitted.push(statement);
        context.passMatch(statement);
        break;
      case 'vmap':
      case 'set-update':
        fitted.push(statement);
        context.readKey(statement.key);
        break;
      case 'reject':
        fitted.push(...fitReject(statement, context, family));
        break;
      default:
        fitted.push(statement);
    }
  }
  return mergeNeighbours(fitted);
};

/** Whether what follows says so anyway. */
const isImplied = (
  { left, op, right }: NftMatch,
  rest: readonly NftStatement[],
  family: NftFamily,
): boolean => {
  if (typeof left !== 'string' || op !== undefined || typeof right !== 'number') return false;
  if (left === 'meta protocol' && (family === 'ip' || family === 'ip6')) {
    return networkNumbered(left, right) === family;
  }
  if (left === 'meta nfproto') {
    const network = networkNumbered(left, right);
    return someFollowing(
      rest,
      (key) => fieldsOf(key).some((field) => fieldInfo(field).network === network),
      network,
    );
  }
  if (!isProtocolField(left)) return false;
  // In a table of one family the header's own field and the packet's protocol are one.
  if (left !== 'meta l4proto' && family !== 'ip' && family !== 'ip6') return false;
  return someFollowing(
    rest,
    (key) => fieldsOf(key).some((field) => impliesTransport(field, right)),
    right,
  );
};

const impliesTransport = (field: NftField, protocol: number): boolean =>
  fieldInfo(field).transport === protocol;

/**
 * Whether a comparison or lookup reached without other statements between reads a field that the
 * guard is for; or, at the end of the rule, a reject does.
 */
const someFollowing = (
  rest: readonly NftStatement[],
  isFor: (key: NftLookupKey) => boolean,
  guard: number | 'ip' | 'ip6' | undefined,
): boolean => {
  for (const statement of rest) {
    switch (statement.kind) {
      case 'match':
        if (isFor(statement.left)) return true;
        continue;
      case 'vmap':
      case 'set-update':
        return isFor(statement.key);
      case 'snat':
      case 'dnat':
        return 'kind' in statement.to && isFor(statement.to.key);
      case 'reject':
        return isRejectFor(statement, guard);
      default:
        return false;
    }
  }
  return false;
};

const isRejectFor = (
  { with: type }: NftReject,
  guard: number | 'ip' | 'ip6' | undefined,
): boolean => {
  if (type === 'tcp reset') return guard === IpProtocol.TCP;
  if (type?.startsWith('icmp ') === true) return guard === 'ip';
  return type?.startsWith('icmpv6 ') === true && guard === 'ip6';
};

const fieldsOf = (key: NftLookupKey): readonly NftField[] =>
  operandsOf(key)
    .map(fieldOf)
    .filter((field) => field !== undefined);

/** The answer of a family that goes without saying, and the guard that does not. */
const fitReject = (
  reject: NftReject,
  { network, transport }: ProtocolContext,
  family: NftFamily,
): readonly NftStatement[] => {
  const { with: type } = reject;
  const isSingle = family === 'ip' || family === 'ip6';
  if (type === 'tcp reset' && transport === undefined && !isSingle) {
    return [{ kind: 'match', left: 'meta l4proto', right: IpProtocol.TCP }, reject];
  }
  const plain: NftReject = { kind: 'reject' };
  if (isSingle) return [type === DEFAULT_REJECT[family] ? plain : reject];
  if (type === 'icmpx port-unreachable') return [plain];
  if (type === undefined && network !== undefined) {
    return [{ kind: 'reject', with: DEFAULT_REJECT[network] }];
  }
  return [reject];
};

const DEFAULT_REJECT = {
  ip: 'icmp port-unreachable',
  ip6: 'icmpv6 port-unreachable',
} as const;

/** `th dport` of packets that are known to be TCP is `tcp dport`. */
const namePorts = (
  statements: readonly NftStatement[],
  family: NftFamily,
): readonly NftStatement[] => {
  const context = new ProtocolContext(family);
  return statements.map((statement) => {
    switch (statement.kind) {
      case 'match': {
        context.readKey(statement.left);
        const match = { ...statement, left: portsNamed(statement.left, context) };
        context.passMatch(match);
        return match;
      }
      case 'vmap':
      case 'set-update': {
        context.readKey(statement.key);
        return { ...statement, key: portsNamed(statement.key, context) };
      }
      default:
        return statement;
    }
  });
};

const portsNamed = (key: NftLookupKey, { transport }: ProtocolContext): NftLookupKey => {
  const protocol = typeof transport === 'number' ? PORT_PROTOCOLS.get(transport) : undefined;
  if (protocol === undefined) return key;
  const rename = (operand: NftOperand): NftOperand => {
    if (operand === 'th sport') return `${protocol} sport`;
    return operand === 'th dport' ? `${protocol} dport` : operand;
  };
  return isConcatenation(key) ? key.map(rename) : rename(key);
};

const PORT_PROTOCOLS: ReadonlyMap<number, 'tcp' | 'udp' | 'sctp'> = new Map([
  [IpProtocol.TCP, 'tcp'],
  [IpProtocol.UDP, 'udp'],
  [IpProtocol.SCTP, 'sctp'],
]);
