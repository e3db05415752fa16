import { datatypeInfo } from '../model/datatype.ts';
import { isField, type NftField } from '../model/field.ts';
import {
  type NftBitwise,
  type NftFib,
  type NftLookupKey,
  type NftNumgen,
  type NftOperand,
  operandDatatype,
} from '../model/operand.ts';
import type { Cursor } from './cursor.ts';
import { parseConstant } from './parse-constant.ts';

/** Keys of `meta` that may stand without it. */
const BARE_META: ReadonlySet<string> = new Set([
  'mark',
  'iifname',
  'oifname',
  'iif',
  'oif',
  'pkttype',
  'ibrname',
  'obrname',
]);

/** Words that begin a field of a header or a connection. */
const HEADERS: ReadonlySet<string> = new Set([
  'ether',
  'vlan',
  'arp',
  'ip',
  'ip6',
  'tcp',
  'udp',
  'sctp',
  'th',
  'icmp',
  'icmpv6',
]);

/** What else nft reads of packets. */
const UNSUPPORTED: ReadonlySet<string> = new Set(
  `ah comp dccp dst esp exthdr frag hbh hash igmp ipsec jhash mh osf rt rt0 rt2 rt4 socket srh symhash
  udplite xfrm skuid skgid iiftype oiftype iifgroup oifgroup cgroup cpu nftrace rtclassid ibriport obriport time day hour`.split(
    /\s+/,
  ),
);

export const beginsOperand = ({ keyword }: Cursor): boolean =>
  keyword === 'meta' ||
  keyword === 'ct' ||
  keyword === 'fib' ||
  keyword === 'numgen' ||
  keyword === '(' ||
  BARE_META.has(keyword) ||
  HEADERS.has(keyword) ||
  UNSUPPORTED.has(keyword);

/** Operands side by side: `ip saddr . tcp dport`. */
export const parseLookupKey = (cursor: Cursor): NftLookupKey => {
  const first = parseOperand(cursor);
  if (!cursor.accept('.')) return first;
  const operands = [first];
  do operands.push(parseOperand(cursor));
  while (cursor.accept('.'));
  return operands;
};

/** A field with what is done to its bits, or something worked out. */
const parseOperand = (cursor: Cursor): NftOperand => {
  if (cursor.keyword === 'fib') return parseFib(cursor);
  if (cursor.keyword === 'numgen') return parseNumgen(cursor);
  const grouped = cursor.accept('(');
  let operand: NftField | NftBitwise = grouped ? parseGrouped(cursor) : parseField(cursor);
  for (;;) {
    const op = bitOperator(cursor);
    if (op === undefined) return operand;
    const { token } = cursor;
    cursor.next();
    if (op === '<<' || op === '>>') return cursor.refuse(`the shift ${op}`, token);
    operand = combine(operand, op, cursor);
  }
};

const parseGrouped = (cursor: Cursor): NftField | NftBitwise => {
  const { token } = cursor;
  const operand = parseOperand(cursor);
  cursor.expect(')');
  if (typeof operand === 'string' || operand.kind === 'bitwise') return operand;
  return cursor.fail(`unexpected ${token.text}`, 'a field of the packet', token);
};

const OPERATORS: ReadonlyMap<string, '&' | '|' | '^' | '<<' | '>>'> = new Map([
  ['&', '&'],
  ['and', '&'],
  ['|', '|'],
  ['or', '|'],
  ['^', '^'],
  ['xor', '^'],
  ['<<', '<<'],
  ['lshift', '<<'],
  ['>>', '>>'],
  ['rshift', '>>'],
]);

const bitOperator = ({ keyword }: Cursor): '&' | '|' | '^' | '<<' | '>>' | undefined =>
  OPERATORS.get(keyword);

/** Folds one more operation into `(field & mask) ^ xor`. */
const combine = (
  operand: NftField | NftBitwise,
  op: '&' | '|' | '^',
  cursor: Cursor,
): NftBitwise => {
  const type = operandDatatype(operand);
  const { token } = cursor;
  const constant = parseConstant(cursor, type, op);
  const of = typeof operand === 'string' ? operand : operand.of;
  const full = (1n << BigInt(datatypeInfo(type).bits)) - 1n;
  const [mask, xor] =
    typeof operand === 'string' ? [full, 0n] : [BigInt(operand.mask), BigInt(operand.xor ?? 0)];
  if (typeof constant === 'string') return cursor.fail('bits of a name', 'a number', token);
  const bits = BigInt(constant);
  const [nextMask, nextXor] =
    op === '&'
      ? [mask & bits, xor & bits]
      : op === '|'
        ? [mask & ~bits & full, (xor & ~bits) | bits]
        : [mask, xor ^ bits];
  const scalar = (value: bigint): number | bigint => (type === 'ipv6_addr' ? value : Number(value));
  return {
    kind: 'bitwise',
    of,
    mask: scalar(nextMask),
    ...(nextXor === 0n ? {} : { xor: scalar(nextXor) }),
  };
};

const parseField = (cursor: Cursor): NftField => {
  const { token } = cursor;
  const first = cursor.word('what a rule reads of a packet');
  if (UNSUPPORTED.has(first)) return cursor.refuse(first, token);
  const name = BARE_META.has(first)
    ? `meta ${first}`
    : first === 'ct'
      ? ctName(cursor)
      : first === 'arp'
        ? arpName(cursor)
        : `${first} ${cursor.word(`a field of ${first}`)}`;
  if (isField(name)) return name;
  return first === 'meta' || first === 'ct' || HEADERS.has(first)
    ? cursor.refuse(name, token)
    : cursor.fail(`unexpected ${token.text}`, 'what a rule reads of a packet', token);
};

/** `arp operation`, `arp saddr ip`. */
const arpName = (cursor: Cursor): string => {
  const field = cursor.word('a field of arp');
  return field === 'saddr' || field === 'daddr'
    ? `arp ${field} ${cursor.oneOf(['ether', 'ip'], 'a kind of address')}`
    : `arp ${field}`;
};

/** `ct state`, `ct original ip saddr`, `ct reply proto-dst`. */
const ctName = (cursor: Cursor): string => {
  const first = cursor.word('a field of ct');
  if (first !== 'original' && first !== 'reply') return `ct ${first}`;
  const second = cursor.word(`a field of ct ${first}`);
  return second === 'ip' || second === 'ip6'
    ? `ct ${first} ${second} ${cursor.word(`a field of ct ${first} ${second}`)}`
    : second === 'saddr' || second === 'daddr'
      ? `ct ${first} ip ${second}`
      : `ct ${first} ${second}`;
};

const parseFib = (cursor: Cursor): NftFib => {
  cursor.expect('fib');
  const address = cursor.oneOf(['saddr', 'daddr'], 'an address');
  let mark = false;
  let device: 'iif' | 'oif' | undefined;
  while (cursor.accept('.')) {
    const flag = cursor.oneOf(['mark', 'iif', 'oif'], 'what the lookup goes by');
    if (flag === 'mark') mark = true;
    else if (device === undefined || device === flag) device = flag;
    else cursor.fail('fib: iif and oif are mutually exclusive', 'one of them');
  }
  const result = cursor.oneOf(['type', 'oif', 'oifname'], 'what is asked');
  const present = result === 'oif' && ['exists', 'missing'].includes(cursor.keyword);
  return {
    kind: 'fib',
    address,
    ...(mark ? { mark } : {}),
    ...(device === undefined ? {} : { device }),
    result: present ? 'present' : result,
  };
};

const parseNumgen = (cursor: Cursor): NftNumgen => {
  cursor.expect('numgen');
  const mode = cursor.oneOf(['random', 'inc'], 'a mode');
  cursor.expect('mod');
  const modulus = cursor.number('a modulus');
  const offset = cursor.accept('offset') ? cursor.number('an offset') : 0;
  return { kind: 'numgen', mode, modulus, ...(offset === 0 ? {} : { offset }) };
};
