import type { Match } from '../../netfilter/rule.ts';
import { readConnlimit, readConntrack, readMark, readState } from './connection-match.ts';
import {
  readAddressRange,
  readDscp,
  readIcmp,
  readLength,
  readMac,
  readMultiport,
  readPacketType,
  readSpi,
  readTos,
  readTransport,
  readTtl,
} from './header-match.ts';
import { type ModuleContext, UNKNOWN } from './option-reader.ts';
import {
  readAddressType,
  readComment,
  readPhysdev,
  readPolicy,
  readReversePath,
  readSet,
} from './place-match.ts';
import { readHashlimit, readLimit, readRecent, readStatistic } from './rate-match.ts';
import { readNfacct, readOwner, readU32 } from './socket-match.ts';

type Reader = (context: ModuleContext) => readonly Match[] | typeof UNKNOWN;

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['addrtype', readAddressType],
  ['ah', (context) => readSpi('ah', context)],
  ['comment', readComment],
  ['connlimit', readConnlimit],
  ['connmark', (context) => readMark('connmark', context)],
  ['conntrack', readConntrack],
  ['dscp', readDscp],
  ['esp', (context) => readSpi('esp', context)],
  ['hashlimit', readHashlimit],
  ['hl', (context) => readTtl('hl', context)],
  ['icmp', (context) => readIcmp(4, context)],
  ['icmp6', (context) => readIcmp(6, context)],
  ['iprange', readAddressRange],
  ['length', readLength],
  ['limit', readLimit],
  ['mac', readMac],
  ['mark', (context) => readMark('mark', context)],
  ['multiport', readMultiport],
  ['nfacct', readNfacct],
  ['owner', readOwner],
  ['physdev', readPhysdev],
  ['pkttype', readPacketType],
  ['policy', readPolicy],
  ['recent', readRecent],
  ['rpfilter', readReversePath],
  ['sctp', (context) => readTransport('sctp', context)],
  ['set', readSet],
  ['state', readState],
  ['statistic', readStatistic],
  ['tcp', (context) => readTransport('tcp', context)],
  ['tos', readTos],
  ['ttl', (context) => readTtl('ttl', context)],
  ['u32', readU32],
  ['udp', (context) => readTransport('udp', context)],
]);

/** What follows `-m`. A module that is not emulated, or not with these options, is kept as it was written. */
export function readMatchModule(context: ModuleContext): readonly Match[] {
  return readMatches(context.cursor.take('the name of a match'), context);
}

/** The options of a module, from here on. */
export function readMatches(module: string, context: ModuleContext): readonly Match[] {
  const { cursor } = context;
  const start = cursor.position;
  const matches = READERS.get(module)?.(context) ?? UNKNOWN;
  if (matches !== UNKNOWN) return matches;
  cursor.rewind(start);
  while (!cursor.atEnd && !ENDS.has(cursor.peekWritten() ?? '')) cursor.take('an option');
  return [{ kind: 'opaque', module, options: cursor.textSince(start) }];
}

const ENDS: ReadonlySet<string> = new Set(['-m', '-j', '-g']);
