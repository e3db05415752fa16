import { type NftLookupKey, operandDatatype } from '../model/operand.ts';
import type { NftFamily } from '../model/ruleset.ts';
import {
  ICMP_CODES,
  ICMPV6_CODES,
  ICMPX_CODES,
  LOG_LEVELS,
  type NftConnectionCount,
  type NftLimit,
  type NftLog,
  type NftLogLevel,
  type NftReject,
  type NftRule,
  type NftSendBy,
  type NftSetField,
  type NftSetUpdate,
  type NftStatement,
  SETTABLE_FIELDS,
} from '../model/statement.ts';
import { valueNamed } from '../model/symbols.ts';
import type { NftCounts } from '../model/value.ts';
import { parseDuration } from '../text/duration-text.ts';
import type { Cursor } from './cursor.ts';
import { parseConstant } from './parse-constant.ts';
import { isVerdictWord, parseVerdict } from './parse-key.ts';
import { parseRelation } from './parse-match.ts';
import { parseNat, parseToSelf } from './parse-nat.ts';
import { beginsOperand, parseLookupKey } from './parse-operand.ts';
import { parseScalar } from './parse-scalar.ts';
import { parseMarkSource } from './parse-source.ts';

/** Statements of nft that are not emulated. */
const UNSUPPORTED: ReadonlySet<string> = new Set([
  'flow',
  'ipsec',
  'last',
  'meter',
  'queue',
  'quota',
  'reset',
  'set',
  'synproxy',
  'tproxy',
  'xt',
]);

/** A rule, up to the end of its line. Throws ParseError. */
export const parseRule = (cursor: Cursor, family: NftFamily): NftRule => {
  const statements: NftStatement[] = [];
  while (!cursor.isAtEnd && cursor.keyword !== 'comment') {
    statements.push(parseStatement(cursor, family));
  }
  if (statements.length === 0) {
    return cursor.fail(`unexpected ${cursor.found}`, 'a statement of a rule');
  }
  if (!cursor.accept('comment')) return { statements };
  const comment = cursor.string('a comment');
  if (!cursor.isAtEnd) cursor.fail(`unexpected ${cursor.found}`, 'the end of the rule');
  return { statements, comment };
};

const parseStatement = (cursor: Cursor, family: NftFamily): NftStatement => {
  const { keyword } = cursor;
  if (isVerdictWord(keyword)) return parseVerdict(cursor);
  if (isSettingMark(cursor)) return parseSetMark(cursor);
  switch (keyword) {
    case 'counter':
      return parseCounter(cursor);
    case 'limit':
      return parseLimit(cursor);
    case 'log':
      return parseLog(cursor);
    case 'reject':
      return parseReject(cursor);
    case 'snat':
    case 'dnat':
      return parseNat(cursor, keyword, family);
    case 'masquerade':
    case 'redirect':
      return parseToSelf(cursor, keyword);
    case 'dup':
    case 'fwd':
      return parseSendBy(cursor, keyword);
    case 'notrack':
      cursor.next();
      return { kind: 'notrack' };
    case 'add':
    case 'update':
    case 'delete':
      return parseSetUpdate(cursor, keyword);
    case '@':
      return cursor.refuse('raw payload');
    default:
      break;
  }
  if (UNSUPPORTED.has(keyword)) return cursor.refuse(keyword);
  if (!beginsOperand(cursor)) {
    return cursor.fail(`unexpected ${cursor.found}`, 'a statement of a rule');
  }
  if (keyword === 'ct' && cursor.ahead(1).text === 'count') return parseConnectionCount(cursor);
  const key = parseLookupKey(cursor);
  return cursor.keyword === 'set' ? parseSetField(cursor, key) : parseRelation(cursor, key);
};

const parseConnectionCount = (cursor: Cursor): NftConnectionCount => {
  cursor.expect('ct');
  cursor.expect('count');
  const over = cursor.accept('over');
  const most = cursor.number('a number of connections');
  return { kind: 'ct-count', most, ...(over ? { over } : {}) };
};

const parseSetField = (cursor: Cursor, key: NftLookupKey): NftSetField => {
  const field = SETTABLE_FIELDS.find((each) => each === key);
  if (field === undefined) return cursor.refuse('changing this field of packets');
  cursor.expect('set');
  if (beginsOperand(cursor)) return cursor.refuse('a field that is set to another');
  return { kind: 'set-field', field, value: Number(parseConstant(cursor, operandDatatype(field))) };
};

/** `meta mark set`, `mark set`, `ct mark set`. */
const isSettingMark = (cursor: Cursor): boolean => {
  const { keyword } = cursor;
  if (keyword === 'mark') return cursor.ahead(1).text === 'set';
  const after = cursor.ahead(1).text === 'mark' && cursor.ahead(2).text === 'set';
  return (keyword === 'meta' || keyword === 'ct') && after;
};

const parseSetMark = (cursor: Cursor): NftStatement => {
  const target = cursor.accept('ct') ? 'ct mark' : 'meta mark';
  cursor.accept('meta');
  cursor.expect('mark');
  cursor.expect('set');
  return { kind: 'set-mark', target, value: parseMarkSource(cursor) };
};

const parseCounter = (cursor: Cursor): NftStatement => {
  cursor.expect('counter');
  if (cursor.keyword === 'name') return cursor.refuse('a counter with a name');
  const { packets, bytes } = parseCounts(cursor);
  return packets === 0 && bytes === 0 ? { kind: 'counter' } : { kind: 'counter', packets, bytes };
};

/** `packets 1 bytes 60`, or nothing. */
export const parseCounts = (cursor: Cursor): NftCounts => {
  if (!cursor.accept('packets')) return { packets: 0, bytes: 0 };
  const packets = cursor.number('packets', Number.MAX_SAFE_INTEGER);
  cursor.expect('bytes');
  return { packets, bytes: cursor.number('bytes', Number.MAX_SAFE_INTEGER) };
};

const UNITS = ['second', 'minute', 'hour', 'day', 'week'] as const;

const parseLimit = (cursor: Cursor): NftLimit => {
  cursor.expect('limit');
  if (cursor.keyword === 'name') return cursor.refuse('a limit with a name');
  cursor.expect('rate');
  const over = cursor.accept('over');
  if (!over) cursor.accept('until');
  const { token } = cursor;
  const rate = /^(\d+)\/([a-z]+)$/.exec(cursor.word('a rate as in 10/second'));
  const per = UNITS.find((unit) => unit === rate?.[2]);
  if (rate === null && /^[kmg]?bytes/.test(cursor.keyword)) {
    return cursor.refuse('a limit of bytes', token);
  }
  if (per === undefined) return cursor.fail(`${token.text} is no rate`, 'as in 10/second', token);
  const limit = { kind: 'limit', rate: Number(rate?.[1]), per, ...(over ? { over } : {}) } as const;
  if (!cursor.accept('burst')) return limit;
  const burstPackets = cursor.number('a burst');
  if (!cursor.accept('packets')) return cursor.refuse('a limit of bytes');
  return { ...limit, burstPackets };
};

const parseLog = (cursor: Cursor): NftLog => {
  cursor.expect('log');
  let log: NftLog = { kind: 'log' };
  for (;;) {
    if (cursor.accept('prefix')) log = { ...log, prefix: cursor.string('a prefix') };
    else if (cursor.accept('level')) log = { ...log, level: parseLevel(cursor) };
    else if (cursor.accept('group')) log = { ...log, group: cursor.number('a group', 0xffff) };
    else if (cursor.accept('snaplen')) log = { ...log, snaplenBytes: cursor.number('bytes') };
    else if (cursor.accept('queue-threshold')) {
      log = { ...log, queueThreshold: cursor.number('packets', 0xffff) };
    } else if (cursor.keyword === 'flags') return cursor.refuse('log flags');
    else return log;
  }
};

const parseLevel = (cursor: Cursor): NftLogLevel => {
  if (cursor.keyword === 'audit') return cursor.refuse('log level audit');
  return cursor.oneOf(LOG_LEVELS, 'a level');
};

const parseReject = (cursor: Cursor): NftReject => {
  cursor.expect('reject');
  if (!cursor.accept('with')) return { kind: 'reject' };
  const protocol = cursor.oneOf(['tcp', 'icmp', 'icmpv6', 'icmpx'], 'what to answer with');
  if (protocol === 'tcp') {
    cursor.expect('reset');
    return { kind: 'reject', with: 'tcp reset' };
  }
  cursor.accept('type');
  switch (protocol) {
    case 'icmp':
      return { kind: 'reject', with: `icmp ${parseCode(cursor, ICMP_CODES, 'icmp_code')}` };
    case 'icmpv6':
      return { kind: 'reject', with: `icmpv6 ${parseCode(cursor, ICMPV6_CODES, 'icmpv6_code')}` };
    case 'icmpx':
      return { kind: 'reject', with: `icmpx ${cursor.oneOf(ICMPX_CODES, 'a code')}` };
  }
};

/** A code by name or number. */
const parseCode = <C extends string>(
  cursor: Cursor,
  codes: readonly C[],
  type: 'icmp_code' | 'icmpv6_code',
): C => {
  const { token } = cursor;
  const value = parseScalar(cursor, type);
  const code = codes.find((each) => valueNamed(type, each) === value);
  return code ?? cursor.refuse(`reject with ${token.text}`, token);
};

/** `dup to "eth0"`. Everything else that nft takes there is refused by name. */
const parseSendBy = (cursor: Cursor, kind: NftSendBy['kind']): NftSendBy => {
  cursor.expect(kind);
  if (cursor.keyword === 'ip' || cursor.keyword === 'ip6') {
    return cursor.refuse(`${kind} to an address`);
  }
  cursor.expect('to');
  if (beginsOperand(cursor)) return cursor.refuse(`${kind} to a device that is looked up`);
  const to = parseScalar(cursor, 'iface_index');
  if (cursor.keyword === 'device') return cursor.refuse(`${kind} to an address`);
  return { kind, to };
};

const parseSetUpdate = (cursor: Cursor, op: NftSetUpdate['op']): NftSetUpdate => {
  cursor.expect(op);
  cursor.expect('@');
  const set = cursor.word('the name of a set');
  cursor.expect('{');
  const key = parseLookupKey(cursor);
  const counter = cursor.accept('counter') ? parseCounts(cursor) : undefined;
  const timeoutMs = cursor.accept('timeout') ? parseTime(cursor) : undefined;
  if (cursor.keyword === ':') return cursor.refuse('adding to a map');
  if (cursor.keyword !== '}') return cursor.refuse(`${cursor.token.text} in a set's element`);
  cursor.expect('}');
  return {
    kind: 'set-update',
    op,
    set,
    key,
    ...(counter === undefined ? {} : { counter }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  };
};

export const parseTime = (cursor: Cursor): number => {
  const { token } = cursor;
  const ms = parseDuration(cursor.word('a time as in 1h30m'));
  return ms ?? cursor.fail(`${token.text} is no time`, 'a time as in 1h30m', token);
};
