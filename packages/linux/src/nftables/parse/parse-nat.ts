import { AddressError, type Ip, parseIp } from '@podpath/net';
import type { NftFamily } from '../model/ruleset.ts';
import type {
  NftMasquerade,
  NftNat,
  NftNatFlags,
  NftPorts,
  NftRedirect,
} from '../model/statement.ts';
import type { Cursor } from './cursor.ts';
import { beginsOperand, parseLookupKey } from './parse-operand.ts';
import { parseMapLookup } from './parse-source.ts';

/** `snat to …` and `dnat to …`. */
export const parseNat = (cursor: Cursor, kind: 'snat' | 'dnat', tableFamily: NftFamily): NftNat => {
  cursor.expect(kind);
  const named = cursor.keyword === 'ip' || cursor.keyword === 'ip6';
  // `ip` may also begin the key of a map.
  const isFamily = named && ['to', 'prefix', 'addr', 'interval'].includes(cursor.ahead(1).text);
  const family = isFamily ? cursor.oneOf(['ip', 'ip6'], 'a family') : undefined;
  for (const word of ['prefix', 'addr', 'interval']) {
    if (cursor.keyword === word) return cursor.refuse(`${kind} ${word}`);
  }
  cursor.accept('to');
  const isPlain = tableFamily === 'ip' || tableFamily === 'ip6';
  const kept = family === undefined || isPlain ? {} : { family };
  if (beginsOperand(cursor)) {
    const key = parseLookupKey(cursor);
    const address = (family ?? tableFamily) === 'ip6' ? 'ipv6_addr' : 'ipv4_addr';
    const to = parseMapLookup(cursor, key, [address, 'inet_service']);
    return { kind, ...kept, to, ...parseFlags(cursor) };
  }
  return { kind, ...kept, to: parseTarget(cursor), ...parseFlags(cursor) };
};

/** `masquerade to :1024-65535 fully-random`, and `redirect` likewise. */
export const parseToSelf = (
  cursor: Cursor,
  kind: 'masquerade' | 'redirect',
): NftMasquerade | NftRedirect => {
  cursor.expect(kind);
  const ports = cursor.accept('to') ? parsePorts(cursor) : undefined;
  return { kind, ...(ports === undefined ? {} : { ports }), ...parseFlags(cursor) };
};

const FLAGS = {
  random: { random: true },
  'fully-random': { fullyRandom: true },
  persistent: { persistent: true },
} as const;

const parseFlags = (cursor: Cursor): NftNatFlags => {
  let flags: NftNatFlags = {};
  while (isFlag(cursor.keyword)) {
    flags = { ...flags, ...FLAGS[cursor.keyword] };
    cursor.next();
    if (!cursor.accept(',')) break;
  }
  return flags;
};

const isFlag = (word: string): word is keyof typeof FLAGS => Object.hasOwn(FLAGS, word);

const parsePorts = (cursor: Cursor): NftPorts => {
  cursor.accept(':');
  const { token } = cursor;
  const text = cursor.word('ports').replace(/^:/, '');
  return portsOf(text) ?? cursor.fail(`${token.text} names no ports`, 'ports as in :80-90', token);
};

const portsOf = (text: string): NftPorts | undefined => {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  if (match === null) return undefined;
  const first = Number(match[1]);
  const last = Number(match[2] ?? match[1]);
  return last <= 0xffff && first <= last ? { first, last } : undefined;
};

/** `10.0.0.1`, `10.0.0.1:80`, `[fd00::1]:80-90`, `:80`. */
const parseTarget = (cursor: Cursor): { readonly address?: Ip; readonly ports?: NftPorts } => {
  if (cursor.keyword.startsWith(':')) return { ports: parsePorts(cursor) };
  const { token } = cursor;
  const text = cursor.word('an address');
  const match = /^\[(.+)\](?::(.+))?$/.exec(text) ??
    /^(\d+(?:\.\d+){3}):(.+)$/.exec(text) ?? [text, text];
  const [, addressText = '', portText] = match;
  if (/^[0-9a-fA-F.:]+-[0-9a-fA-F.:]+$/.test(addressText)) {
    return cursor.refuse('a range of addresses to translate to', token);
  }
  const address = addressOf(addressText);
  const ports = portText === undefined ? undefined : portsOf(portText);
  if (address === undefined || (portText !== undefined && ports === undefined)) {
    return cursor.fail(`${text} is no address`, 'an address, with a port as in 10.0.0.1:80', token);
  }
  return { address, ...(ports === undefined ? {} : { ports }) };
};

const addressOf = (text: string): Ip | undefined => {
  try {
    return parseIp(text);
  } catch (error) {
    if (error instanceof AddressError) return undefined;
    throw error;
  }
};
