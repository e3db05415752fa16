import { TcpFlag } from '@podpath/net';
import type { Match } from '../../netfilter/rule.ts';
import {
  inverted,
  type ModuleContext,
  portRange,
  readOptions,
  readPortRange,
  UNKNOWN,
} from './option-reader.ts';

/** `-m tcp`, `-m udp`, `-m sctp`: one match an option, and one for the module alone. */
export function readTransport(
  protocol: 'tcp' | 'udp' | 'sctp',
  { cursor }: ModuleContext,
): readonly Match[] | typeof UNKNOWN {
  const matches: Match[] = [];
  const outcome = readOptions(cursor, (option, invert) => {
    const side = PORT_SIDES[option];
    if (side !== undefined) {
      matches.push({ kind: 'port', protocol, side, ...readPortRange(cursor), ...inverted(invert) });
      return undefined;
    }
    if (option === '--tcp-flags' && protocol === 'tcp') {
      const mask = flags(cursor.take('TCP flags'));
      const compare = flags(cursor.take('TCP flags'));
      if (mask === undefined || compare === undefined) return UNKNOWN;
      matches.push({ kind: 'tcp-flags', mask, compare, ...inverted(invert) });
      return undefined;
    }
    return UNKNOWN;
  });
  if (outcome === UNKNOWN) return UNKNOWN;
  return matches.length === 0 ? [{ kind: 'protocol-module', protocol }] : matches;
}

const PORT_SIDES: Readonly<Record<string, 'source' | 'destination'>> = {
  '--sport': 'source',
  '--source-port': 'source',
  '--dport': 'destination',
  '--destination-port': 'destination',
};

const FLAG_BITS: ReadonlyMap<string, number> = new Map([
  ...Object.entries(TcpFlag),
  ['NONE', 0],
  ['ALL', 0x3f],
]);

function flags(text: string): number | undefined {
  let bits = 0;
  for (const name of text.split(',')) {
    const bit = FLAG_BITS.get(name);
    if (bit === undefined || bit > 0x3f) return undefined;
    bits |= bit;
  }
  return bits;
}

const MULTIPORT_SIDES: Readonly<Record<string, 'source' | 'destination' | 'either'>> = {
  '--sports': 'source',
  '--source-ports': 'source',
  '--dports': 'destination',
  '--destination-ports': 'destination',
  '--ports': 'either',
};

export function readMultiport({ cursor }: ModuleContext): readonly Match[] | typeof UNKNOWN {
  const matches: Match[] = [];
  const outcome = readOptions(cursor, (option, invert) => {
    const side = MULTIPORT_SIDES[option];
    if (side === undefined) return UNKNOWN;
    const ranges = cursor
      .take('ports')
      .split(',')
      .map((text) => portRange(cursor, text, ':'));
    matches.push({ kind: 'multiport', side, ranges, ...inverted(invert) });
    return undefined;
  });
  return outcome ?? matches;
}

/** `-m icmp` and `-m icmp6`, whose types iptables-save writes as numbers. `any` tests nothing. */
export function readIcmp(
  version: 4 | 6,
  { cursor }: ModuleContext,
): readonly Match[] | typeof UNKNOWN {
  const matches: Match[] = [];
  const outcome = readOptions(cursor, (option, invert) => {
    if (option !== (version === 4 ? '--icmp-type' : '--icmpv6-type')) return UNKNOWN;
    const text = cursor.take('an ICMP type');
    if (text === 'any' && !invert) return undefined;
    const [, type, code] = /^(\d{1,3})(?:\/(\d{1,3}))?$/.exec(text) ?? [];
    if (type === undefined || Number(type) > 255 || Number(code ?? 0) > 255) return UNKNOWN;
    matches.push({
      kind: 'icmp',
      version,
      type: Number(type),
      ...(code === undefined ? {} : { code: Number(code) }),
      ...inverted(invert),
    });
    return undefined;
  });
  return outcome ?? matches;
}
