import { operandDatatype, operandsOf } from '../model/operand.ts';
import { isOfFrames, type NftFamily, type NftSetSpec } from '../model/ruleset.ts';
import {
  isOperand,
  isSetReference,
  isValue,
  type NftMatch,
  type NftReject,
  type NftRule,
  type NftSendBy,
  type NftSetMark,
  type NftSetUpdate,
  type NftStatement,
  type NftVerdictMap,
} from '../model/statement.ts';
import { isPrefix, isRange } from '../model/value.ts';
import { checkKey } from './check-element.ts';
import { checkMapLookup, type SetSpecOf, sameTypes } from './check-lookup.ts';
import { checkNat, checkPorts } from './check-nat.ts';
import { checkOperand, checkOperands, isCount } from './check-operand.ts';
import { valueFault } from './check-value.ts';
import { ProtocolContext } from './protocol-context.ts';
import { refuse } from './refuse.ts';

const LONGEST_COMMENT = 128;
const LONGEST_PREFIX = 127;

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
  'fwd',
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
      checkHasNat(family);
      checkNat(statement, family, context, setOf);
      return;
    case 'masquerade':
    case 'redirect':
      checkHasNat(family);
      if (statement.ports !== undefined) checkPorts(statement.ports, context);
      return;
    case 'reject':
      checkReject(statement, context);
      return;
    case 'dup':
    case 'fwd':
      checkSendBy(statement, family);
      return;
    case 'set-field': {
      checkOperand(statement.field, family, context);
      const fault = valueFault(operandDatatype(statement.field), statement.value);
      if (fault !== undefined) refuse('EINVAL', fault);
      context.readKey(statement.field);
      return;
    }
    case 'ct-count':
      if (isOfFrames(family)) refuse('EPROTO', `the ${family} family sees no connections`);
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

const checkSendBy = ({ kind, to }: NftSendBy, family: NftFamily): void => {
  if (family !== 'netdev') refuse('EOPNOTSUPP', `${kind} to a device: unsupported family`);
  const fault = valueFault('iface_index', to);
  if (fault !== undefined) refuse('EINVAL', fault);
};

const checkHasNat = (family: NftFamily): void => {
  if (isOfFrames(family)) refuse('EINVAL', 'NAT is only supported for IPv4/IPv6');
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

const checkSetMark = (
  { target, value }: NftSetMark,
  family: NftFamily,
  context: ProtocolContext,
  setOf: SetSpecOf,
): void => {
  if (target === 'ct mark' && isOfFrames(family)) {
    refuse('EPROTO', `the ${family} family sees no connections`);
  }
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

const checkReject = ({ with: type }: NftReject, context: ProtocolContext): void => {
  if (context.network === 'arp') refuse('EINVAL', 'cannot reject this network family');
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
