import { familyOf } from '@podpath/net';
import { datatypeInfo, type NftDatatype } from '../model/datatype.ts';
import {
  fieldOf,
  type NftLookupKey,
  type NftOperand,
  operandDatatype,
  operandsOf,
} from '../model/operand.ts';
import type { NftFamily, NftSetSpec } from '../model/ruleset.ts';
import {
  isOperand,
  isSetReference,
  isValue,
  type NftMapLookup,
  type NftMatch,
  type NftNat,
  type NftReject,
  type NftRule,
  type NftSetMark,
  type NftSetUpdate,
  type NftStatement,
  type NftVerdictMap,
} from '../model/statement.ts';
import { isPrefix, isRange } from '../model/value.ts';
import { checkKey } from './check-element.ts';
import { valueFault } from './check-value.ts';
import { hasPorts, ProtocolContext } from './protocol-context.ts';
import { refuse } from './refuse.ts';

const LONGEST_COMMENT = 128;
const LONGEST_PREFIX = 127;

/** How a rule's table knows a set. Throws when there is none of that name. */
export type SetSpecOf = (name: string) => NftSetSpec;

/**
 * What nft and the kernel hold against a rule, apart from chains that are not there and from where the
 * rule may be reached. Throws `Refused`.
 */
export const checkRule = (rule: NftRule, family: NftFamily, setOf: SetSpecOf): void => {
  if ((rule.comment?.length ?? 0) > LONGEST_COMMENT) {
    refuse('EINVAL', `comment too long, ${LONGEST_COMMENT} characters maximum allowed`);
  }
  if (rule.statements.length === 0) refuse('EINVAL', 'a rule has at least one statement');
  const context = new ProtocolContext(family);
  for (const [index, statement] of rule.statements.entries()) {
    if (TERMINAL.has(statement.kind) && index < rule.statements.length - 1) {
      refuse('EINVAL', 'Statement after terminal statement has no effect');
    }
    checkStatement(statement, family, context, setOf);
  }
};

const TERMINAL: ReadonlySet<NftStatement['kind']> = new Set([
  'accept',
  'drop',
  'continue',
  'return',
  'jump',
  'goto',
  'reject',
  'snat',
  'dnat',
  'masquerade',
  'redirect',
]);

const checkStatement = (
  statement: NftStatement,
  family: NftFamily,
  context: ProtocolContext,
  setOf: SetSpecOf,
): void => {
  switch (statement.kind) {
    case 'match':
      checkOperands(statement.left, family, context);
      checkMatch(statement, setOf);
      context.passMatch(statement);
      return;
    case 'vmap':
      checkOperands(statement.key, family, context);
      checkVerdictMap(statement, setOf);
      context.readKey(statement.key);
      return;
    case 'set-mark':
      checkSetMark(statement, family, context, setOf);
      return;
    case 'set-update':
      checkOperands(statement.key, family, context);
      checkSetUpdate(statement, setOf(statement.set));
      context.readKey(statement.key);
      return;
    case 'snat':
    case 'dnat':
      checkNat(statement, family, context, setOf);
      return;
    case 'masquerade':
    case 'redirect':
      if (statement.ports !== undefined) checkPorts(statement.ports, context);
      return;
    case 'reject':
      checkReject(statement, context);
      return;
    case 'limit':
      if (!isCount(statement.rate)) refuse('EINVAL', 'a limit has a rate of at least 1');
      if (!isCount(statement.burstPackets ?? 1)) {
        refuse('EINVAL', 'packet limit burst must be > 0');
      }
      return;
    case 'log':
      if ((statement.prefix?.length ?? 0) > LONGEST_PREFIX) {
        refuse('EINVAL', `log prefix is too long, at most ${LONGEST_PREFIX} characters`);
      }
      return;
    default:
      return;
  }
};

const isCount = (value: number): boolean => Number.isInteger(value) && value > 0;

const checkOperands = (key: NftLookupKey, family: NftFamily, context: ProtocolContext): void => {
  for (const operand of operandsOf(key)) {
    checkOperand(operand, family, context);
    context.readKey(operand);
  }
};

const checkOperand = (operand: NftOperand, family: NftFamily, context: ProtocolContext): void => {
  const field = fieldOf(operand);
  if (field !== undefined) {
    if (field === 'meta nfproto' && (family === 'ip' || family === 'ip6')) {
      refuse('EINVAL', 'meta nfproto is only useful in the inet family');
    }
    const conflict = context.conflict(field);
    if (conflict !== undefined) refuse('EINVAL', conflict);
    if (/ proto-(src|dst)$/.test(field) && context.transport === undefined) {
      refuse('EINVAL', `${field} needs a transport protocol match before it`);
    }
  }
  if (typeof operand === 'string') return;
  switch (operand.kind) {
    case 'numgen':
      if (!isCount(operand.modulus) || operand.modulus + (operand.offset ?? 0) > 0x1_0000_0000) {
        refuse('ERANGE', 'Numerical result out of range');
      }
      return;
    case 'bitwise': {
      const type = operandDatatype(operand);
      if (datatypeInfo(type).bits > 48 || type === 'dscp') {
        refuse('EOPNOTSUPP', `bitwise operations on ${operand.of} are not supported`);
      }
      const fault = valueFault(type, operand.mask) ?? valueFault(type, operand.xor ?? 0);
      if (fault !== undefined) refuse('EINVAL', fault);
      return;
    }
    case 'fib':
      return;
  }
};

const checkMatch = ({ left, op, right }: NftMatch, setOf: SetSpecOf): void => {
  const types = operandsOf(left).map(operandDatatype);
  if (!isValue(right)) {
    if (op !== undefined && op !== '==' && op !== '!=') {
      refuse('EINVAL', `a set can be compared with == and != only, not with ${op}`);
    }
    if (isSetReference(right)) {
      sameTypes(types, setOf(right.set).key);
      return;
    }
    if (right.elements.length === 0) refuse('EINVAL', 'a set in a rule has at least one element');
    for (const element of right.elements) checkKey(types, element, true, true);
    return;
  }
  const [type, ...others] = types;
  if (type === undefined || others.length > 0) {
    refuse('EINVAL', 'Use concatenations with sets and maps, not singleton values');
    return;
  }
  const fault = valueFault(type, right);
  if (fault !== undefined) refuse('EINVAL', fault);
  const isOrder = op !== undefined && op !== '==' && op !== '!=';
  if (isOrder && (isPrefix(right) || isRange(right) || type === 'ifname')) {
    refuse('EINVAL', `Relational expression with ${op} needs a single value`);
  }
};

const sameTypes = (types: readonly NftDatatype[], key: readonly NftDatatype[]): void => {
  if (types.length === key.length && types.every((type, index) => type === key[index])) return;
  refuse('EINVAL', `datatype mismatch, expected ${key.join(' . ')}, got ${types.join(' . ')}`);
};

const checkVerdictMap = ({ key, map }: NftVerdictMap, setOf: SetSpecOf): void => {
  const types = operandsOf(key).map(operandDatatype);
  if (!isSetReference(map)) {
    for (const element of map.elements) checkKey(types, element.key, true, true);
    return;
  }
  const spec = setOf(map.set);
  sameTypes(types, spec.key);
  if (spec.data === undefined) refuse('EINVAL', 'Expression is not a map');
  if (spec.data !== 'verdict') refuse('EINVAL', 'datatype mismatch: expected netfilter verdict');
};

const checkMapLookup = (
  { key, map }: NftMapLookup,
  wanted: readonly (readonly NftDatatype[])[],
  setOf: SetSpecOf,
): void => {
  const types = operandsOf(key).map(operandDatatype);
  const fits = (data: readonly NftDatatype[]): boolean =>
    wanted.some((each) => each.join() === data.join());
  if (isSetReference(map)) {
    const spec = setOf(map.set);
    sameTypes(types, spec.key);
    const data = spec.data === 'verdict' ? undefined : spec.data;
    if (data === undefined || !fits(data)) {
      refuse('EINVAL', `datatype mismatch: expected a map to ${wanted.join(' or ')}`);
    }
    return;
  }
  for (const element of map.elements) {
    checkKey(types, element.key, true, true);
    const isRight = wanted.some((each) => isKeyOf(each, element.data));
    if (!isRight) refuse('EINVAL', `datatype mismatch: expected ${wanted.join(' or ')}`);
  }
};

const isKeyOf = (types: readonly NftDatatype[], key: Parameters<typeof checkKey>[1]): boolean => {
  try {
    checkKey(types, key, false);
    return true;
  } catch {
    return false;
  }
};

const checkSetMark = (
  { value }: NftSetMark,
  family: NftFamily,
  context: ProtocolContext,
  setOf: SetSpecOf,
): void => {
  if (typeof value === 'number') {
    const fault = valueFault('mark', value);
    if (fault !== undefined) refuse('EINVAL', fault);
  } else if (isOperand(value)) {
    checkOperand(value, family, context);
    const type = operandDatatype(value);
    if (type !== 'mark' && type !== 'integer32') {
      refuse('EINVAL', `datatype mismatch: expected packet mark, expression has type ${type}`);
    }
  } else {
    checkOperands(value.key, family, context);
    checkMapLookup(value, [['mark']], setOf);
    context.readKey(value.key);
  }
};

const checkSetUpdate = ({ key, timeoutMs }: NftSetUpdate, spec: NftSetSpec): void => {
  sameTypes(operandsOf(key).map(operandDatatype), spec.key);
  if (spec.data !== undefined) refuse('EOPNOTSUPP', 'packets cannot add to a map');
  if (spec.interval === true || spec.constant === true) {
    refuse('EOPNOTSUPP', 'packets cannot add to a set of this kind');
  }
  if (timeoutMs !== undefined && !hasTimeouts(spec)) {
    refuse('EOPNOTSUPP', 'the set has no timeouts');
  }
};

export const hasTimeouts = ({ timeout, timeoutMs }: NftSetSpec): boolean =>
  timeout === true || timeoutMs !== undefined;

const checkNat = (
  statement: NftNat,
  family: NftFamily,
  context: ProtocolContext,
  setOf: SetSpecOf,
): void => {
  const network = natNetwork(statement, family, context);
  const address = network === 'ip6' ? 'ipv6_addr' : 'ipv4_addr';
  const { to } = statement;
  if ('kind' in to) {
    checkOperands(to.key, family, context);
    checkMapLookup(to, [[address], [address, 'inet_service']], setOf);
    return;
  }
  if (to.address === undefined && to.ports === undefined) {
    refuse('EINVAL', `${statement.kind} needs an address or ports`);
  }
  if (to.address !== undefined && network !== (familyOf(to.address) === 4 ? 'ip' : 'ip6')) {
    refuse('EINVAL', `datatype mismatch, expected ${address}`);
  }
  if (to.ports !== undefined) checkPorts(to.ports, context);
};

/** The family that addresses are translated in; in an `inet` table somebody has to say it. */
const natNetwork = (
  { family: named, to }: NftNat,
  family: NftFamily,
  { network }: ProtocolContext,
): 'ip' | 'ip6' | undefined => {
  if (family === 'ip' || family === 'ip6') return family;
  const address = 'kind' in to ? undefined : to.address;
  if (named !== undefined || network !== undefined) return named ?? network;
  return address === undefined ? undefined : familyOf(address) === 4 ? 'ip' : 'ip6';
};

const checkPorts = (
  { first, last }: { readonly first: number; readonly last: number },
  context: ProtocolContext,
): void => {
  if (!hasPorts(context)) {
    refuse('EINVAL', 'transport protocol mapping is only valid after transport protocol match');
  }
  const fault = valueFault('inet_service', { first, last });
  if (fault !== undefined) refuse('EINVAL', fault);
};

const checkReject = ({ with: type }: NftReject, context: ProtocolContext): void => {
  if (type === undefined) return;
  const [protocol] = type.split(' ');
  if (protocol === 'tcp') {
    if (context.transport !== undefined && context.transport !== 6) {
      refuse('EINVAL', 'you cannot use tcp reset with this protocol');
    }
    return;
  }
  if (protocol === 'icmpx') {
    if (context.network !== undefined) {
      refuse('EINVAL', 'abstracted ICMP unreachable not supported');
    }
    return;
  }
  const wanted = protocol === 'icmp' ? 'ip' : 'ip6';
  if (context.network !== undefined && context.network !== wanted) {
    refuse('EINVAL', `conflicting protocols specified: ${context.network} vs. ${wanted}`);
  }
};
