import { TcpFlag, tryParseIp } from '@podpath/net';
import type { Match } from '../../netfilter/rule.ts';
import type { LineCursor } from '../line-cursor.ts';
import { icmpKind } from './icmp-types.ts';
import {
  inverted,
  type ModuleContext,
  type OptionReader,
  rangeIn,
  readMaskedWord,
  readOptions,
  readPorts,
  UNKNOWN,
} from './option-reader.ts';

type Read = readonly Match[] | typeof UNKNOWN;

/** `-m tcp`, `-m udp`, `-m sctp`: one match an option, and one for the module alone. */
export function readTransport(protocol: 'tcp' | 'udp' | 'sctp', { cursor }: ModuleContext): Read {
  const matches: Match[] = [];
  const port =
    (side: 'source' | 'destination'): OptionReader =>
    (invert) => {
      matches.push({ kind: 'port', protocol, side, ...readPorts(cursor), ...inverted(invert) });
    };
  const outcome = readOptions(cursor, {
    '--sport': port('source'),
    '--dport': port('destination'),
    '--syn': (invert) => {
      if (protocol !== 'tcp') return UNKNOWN;
      matches.push({ kind: 'tcp-flags', ...SYN_ALONE, ...inverted(invert) });
    },
    '--tcp-flags': (invert) => {
      const mask = flags(cursor.take('TCP flags'));
      const compare = flags(cursor.take('TCP flags'));
      if (protocol !== 'tcp' || mask === undefined || compare === undefined) return UNKNOWN;
      matches.push({ kind: 'tcp-flags', mask, compare, ...inverted(invert) });
    },
  });
  if (outcome === UNKNOWN) return UNKNOWN;
  return matches.length === 0 ? [{ kind: 'protocol-module', protocol }] : matches;
}

/** What `--syn` stands for. */
const SYN_ALONE = {
  mask: TcpFlag.FIN | TcpFlag.SYN | TcpFlag.RST | TcpFlag.ACK,
  compare: TcpFlag.SYN,
} as const;

const FLAG_BITS: ReadonlyMap<string, number> = new Map([
  ...Object.entries(TcpFlag).filter(([, bit]) => bit <= 0x20),
  ['NONE', 0],
  ['ALL', 0x3f],
]);

function flags(text: string): number | undefined {
  let bits = 0;
  for (const name of text.split(',')) {
    const bit = FLAG_BITS.get(name);
    if (bit === undefined) return undefined;
    bits |= bit;
  }
  return bits;
}

export function readMultiport({ cursor }: ModuleContext): Read {
  const matches: Match[] = [];
  const ports =
    (side: 'source' | 'destination' | 'either'): OptionReader =>
    (invert) => {
      const ranges = cursor
        .take('ports')
        .split(',')
        .map((text) => rangeIn(cursor, text, ':', 65_535));
      matches.push({ kind: 'multiport', side, ranges, ...inverted(invert) });
    };
  const outcome = readOptions(cursor, {
    '--sports': ports('source'),
    '--dports': ports('destination'),
    '--ports': ports('either'),
  });
  return outcome ?? matches;
}

/** `-m icmp` and `-m icmp6`, whose types iptables-save writes as numbers. */
export function readIcmp(version: 4 | 6, { cursor }: ModuleContext): Read {
  const matches: Match[] = [];
  const outcome = readOptions(cursor, {
    [version === 4 ? '--icmp-type' : '--icmpv6-type']: (invert) => {
      const kind = icmpKind(cursor.take('an ICMP type'), version);
      if (kind === undefined) return UNKNOWN;
      matches.push({ kind: 'icmp', version, ...kind, ...inverted(invert) });
    },
  });
  return outcome ?? matches;
}

/** Modules with one option, which is one match. */
function readSingle(
  { cursor }: ModuleContext,
  readers: Readonly<Record<string, (invert: { readonly invert?: true }) => Match | undefined>>,
): Read {
  const matches: Match[] = [];
  const entries = Object.entries(readers).map(([option, read]): [string, OptionReader] => [
    option,
    (invert) => {
      const match = read(inverted(invert));
      if (match === undefined) return UNKNOWN;
      matches.push(match);
    },
  ]);
  const outcome = readOptions(cursor, Object.fromEntries(entries));
  return outcome ?? (matches.length === 0 ? UNKNOWN : matches);
}

export const readLength = (context: ModuleContext): Read =>
  readSingle(context, {
    '--length': (invert) => ({ kind: 'length', ...readRange(context.cursor, 65_535), ...invert }),
  });

/** `ttl` for IPv4, `hl` for IPv6. */
export function readTtl(module: 'ttl' | 'hl', context: ModuleContext): Read {
  const reader =
    (compare: 'equal' | 'less' | 'greater') =>
    (invert: { readonly invert?: true }): Match => ({
      kind: 'ttl',
      compare,
      value: context.cursor.integer('hop count', 0, 255),
      ...invert,
    });
  return readSingle(context, {
    [`--${module}-eq`]: reader('equal'),
    [`--${module}-lt`]: reader('less'),
    [`--${module}-gt`]: reader('greater'),
  });
}

export const readTos = (context: ModuleContext): Read =>
  readSingle(context, {
    '--tos': (invert) => {
      const { value, mask } = readMaskedWord(context.cursor, 'type of service');
      return value > 255 ? undefined : { kind: 'tos', value, mask: mask & 0xff, ...invert };
    },
  });

export const readDscp = (context: ModuleContext): Read =>
  readSingle(context, {
    '--dscp': (invert) => {
      const value = context.cursor.word32('DSCP');
      return value > 63 ? undefined : { kind: 'dscp', value, ...invert };
    },
  });

/** `-m esp` and `-m ah`; without an option they test nothing but the protocol. */
export function readSpi(protocol: 'esp' | 'ah', context: ModuleContext): Read {
  const every = 0xffff_ffff;
  if (context.cursor.peek()?.startsWith('--') !== true && context.cursor.peek() !== '!') {
    return [{ kind: 'spi', protocol, first: 0, last: every }];
  }
  return readSingle(context, {
    [`--${protocol}spi`]: (invert) => ({
      kind: 'spi',
      protocol,
      ...readRange(context.cursor, every),
      ...invert,
    }),
  });
}

const readRange = (cursor: LineCursor, most: number) =>
  rangeIn(cursor, cursor.take('a range'), ':', most);

export function readAddressRange({ cursor }: ModuleContext): Read {
  type RangeMatch = Extract<Match, { readonly kind: 'ip-range' }>;
  const read: { -readonly [key in keyof RangeMatch]: RangeMatch[key] } = { kind: 'ip-range' };
  const side =
    (name: 'source' | 'destination'): OptionReader =>
    (invert) => {
      const [from = '', to = '', ...rest] = cursor.take('two addresses').split('-');
      const first = tryParseIp(from);
      const last = tryParseIp(to);
      if (first === undefined || last === undefined || rest.length > 0) return UNKNOWN;
      read[name] = { first, last, ...inverted(invert) };
    };
  const outcome = readOptions(cursor, {
    '--src-range': side('source'),
    '--dst-range': side('destination'),
  });
  return outcome ?? [read];
}

export const readMac = (context: ModuleContext): Read =>
  readSingle(context, {
    '--mac-source': (invert) => ({ kind: 'mac', mac: context.cursor.mac('MAC'), ...invert }),
  });

export const readPacketType = (context: ModuleContext): Read =>
  readSingle(context, {
    '--pkt-type': (invert) => {
      const types = ['unicast', 'broadcast', 'multicast'] as const;
      const text = context.cursor.take('a packet type');
      const type = types.find((each) => each === text);
      return type === undefined ? undefined : { kind: 'packet-type', type, ...invert };
    },
  });
