import type { Match } from '../../netfilter/rule.ts';
import { readIcmp, readMultiport, readTransport } from './header-match.ts';
import { type ModuleContext, UNKNOWN } from './option-reader.ts';
import {
  readAddressType,
  readComment,
  readMark,
  readPhysdev,
  readRecent,
  readReversePath,
  readSet,
  readStates,
  readStatistic,
} from './state-match.ts';

type Reader = (context: ModuleContext) => readonly Match[] | typeof UNKNOWN;

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['tcp', (context) => readTransport('tcp', context)],
  ['udp', (context) => readTransport('udp', context)],
  ['sctp', (context) => readTransport('sctp', context)],
  ['multiport', readMultiport],
  ['icmp', (context) => readIcmp(4, context)],
  ['icmp6', (context) => readIcmp(6, context)],
  ['mark', (context) => readMark('mark', context)],
  ['connmark', (context) => readMark('connmark', context)],
  ['conntrack', (context) => readStates('conntrack', context)],
  ['state', (context) => readStates('state', context)],
  ['set', readSet],
  ['addrtype', readAddressType],
  ['statistic', readStatistic],
  ['recent', readRecent],
  ['physdev', readPhysdev],
  ['rpfilter', readReversePath],
  ['comment', readComment],
]);

/** What follows `-m`. A module that is not emulated, or not with these options, is kept as it was written. */
export function readMatchModule(context: ModuleContext): readonly Match[] {
  const { cursor } = context;
  const module = cursor.take('the name of a match');
  const start = cursor.position;
  const matches = READERS.get(module)?.(context) ?? UNKNOWN;
  if (matches !== UNKNOWN) return matches;
  cursor.rewind(start);
  while (!cursor.atEnd && !ENDS.has(cursor.peek() ?? '')) cursor.take('an option');
  return [{ kind: 'opaque', module, options: cursor.textSince(start) }];
}

const ENDS: ReadonlySet<string> = new Set(['-m', '-j', '-g']);
