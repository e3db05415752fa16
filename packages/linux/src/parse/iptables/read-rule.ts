import { type IpFamily, maskOf, type Prefix, tryParseIp } from '@podpath/net';
import { protocolNumber } from '../../netfilter/protocol-names.ts';
import type { Match, Rule } from '../../netfilter/rule.ts';
import type { LineCursor } from '../line-cursor.ts';
import { inverted } from './option-reader.ts';
import { readMatches, readMatchModule } from './read-match.ts';
import { readTarget } from './read-target.ts';

/** What a rule may refer to. */
export interface RuleContext {
  readonly family: IpFamily;
  readonly isChain: (name: string) => boolean;
  readonly opaqueSet: (name: string) => string | undefined;
}

/** A rule from after the chain's name to the end of the line. Throws ParseError. */
export function readRule(cursor: LineCursor, context: RuleContext): Rule {
  const matches: Match[] = [];
  while (!cursor.atEnd) {
    const start = cursor.position;
    const invert = cursor.skip('!');
    const option = cursor.take('an option');
    switch (option) {
      case '-s':
      case '-d': {
        const kind = option === '-s' ? 'source' : 'destination';
        matches.push({ kind, prefix: readPrefix(cursor), ...inverted(invert) });
        break;
      }
      case '-i':
      case '-o': {
        const kind = option === '-i' ? 'in-interface' : 'out-interface';
        matches.push({ kind, name: cursor.take('a device'), ...inverted(invert) });
        break;
      }
      case '-p':
        matches.push({ kind: 'protocol', protocol: readProtocol(cursor), ...inverted(invert) });
        break;
      case '-f':
        matches.push({ kind: 'fragment', ...inverted(invert) });
        break;
      case '-m':
        if (invert) cursor.failBefore('a module cannot be inverted', 'the ! before its option');
        matches.push(...readMatchModule({ ...context, cursor }));
        break;
      case '-j':
      case '-g': {
        if (invert) cursor.failBefore('a target cannot be inverted', 'a match after the !');
        const target =
          option === '-g'
            ? { kind: 'goto' as const, chain: cursor.take('a chain') }
            : readTarget(cursor, context);
        cursor.expectEnd();
        return { matches, target };
      }
      default: {
        const module = protocolModule(matches, context.family);
        if (module === undefined || !option.startsWith('--')) {
          cursor.failBefore(`${JSON.stringify(option)} is no option of a rule`, OPTIONS);
        }
        cursor.rewind(start);
        matches.push(...readMatches(module, { ...context, cursor }));
      }
    }
  }
  return { matches };
}

/** The module whose options a rule may have unsaid, as it is about a protocol. */
function protocolModule(matches: readonly Match[], family: IpFamily): string | undefined {
  const about = matches.find((match) => match.kind === 'protocol' && match.invert !== true);
  if (about?.kind !== 'protocol') return undefined;
  return MODULES[family].get(protocolNumber(about.protocol));
}

const TRANSPORTS: readonly (readonly [number, string])[] = [
  [6, 'tcp'],
  [17, 'udp'],
  [132, 'sctp'],
  [50, 'esp'],
  [51, 'ah'],
];
const MODULES = {
  4: new Map([...TRANSPORTS, [1, 'icmp']]),
  6: new Map([...TRANSPORTS, [58, 'icmp6']]),
} as const satisfies Record<IpFamily, ReadonlyMap<number, string>>;

const OPTIONS = '-s, -d, -i, -o, -p, -f, -m, -j or -g';

function readProtocol(cursor: LineCursor): string {
  const text = cursor.take('a protocol');
  if (protocolNumber(text) < 0) {
    cursor.failBefore(`${JSON.stringify(text)} is no protocol that is known`, 'a name or a number');
  }
  return text;
}

/** `ADDRESS/LENGTH`, `ADDRESS/MASK`, or an address alone. */
function readPrefix(cursor: LineCursor): Prefix {
  const start = cursor.position;
  const text = cursor.take('an address');
  const mask = /^[\d.]+\/(\d+\.\d+\.\d+\.\d+)$/.exec(text)?.[1];
  if (mask !== undefined) return withMask(cursor, text, mask);
  cursor.rewind(start);
  return cursor.prefixOrAddress('an address with its length');
}

/** IPv4 masks that are no prefix length are written in full. They are not emulated. */
function withMask(cursor: LineCursor, text: string, mask: string): Prefix {
  const bits = tryParseIp(mask);
  const length = [...Array(33).keys()].find((candidate) => maskOf(candidate) === bits);
  const address = tryParseIp(text.slice(0, text.indexOf('/')));
  if (length === undefined || typeof address !== 'number') {
    return cursor.failBefore(
      `"${text}" has a mask that is no prefix`,
      'a mask of ones, then zeros',
    );
  }
  return { address: (address & maskOf(length)) >>> 0, length };
}
