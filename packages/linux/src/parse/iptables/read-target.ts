import type { IpFamily } from '@podpath/net';
import type { RejectType, Target } from '../../netfilter/rule.ts';
import type { LineCursor } from '../line-cursor.ts';
import { readDestinationNat, readMasquerade, readRedirect, readSourceNat } from './nat-target.ts';
import { readMaskedWord, readOptions, UNKNOWN, upright } from './option-reader.ts';

type TargetOf<K extends Target['kind']> = Extract<Target, { readonly kind: K }>;
type Draft<T> = { -readonly [key in keyof T]: T[key] };
type Read = Target | typeof UNKNOWN;

/** What reading a target takes. */
export interface TargetContext {
  readonly family: IpFamily;
  /** Tells chains from the targets that podpath does not know. */
  readonly isChain: (name: string) => boolean;
  readonly opaqueSet: (name: string) => string | undefined;
}

/** What follows `-j`. A target that is not emulated, or not with these options, is kept as it was written. */
export function readTarget(cursor: LineCursor, context: TargetContext): Target {
  const name = cursor.take('a target');
  const start = cursor.position;
  const verdict = VERDICTS.get(name);
  if (verdict !== undefined) return verdict;
  if (context.isChain(name)) return { kind: 'jump', chain: name };
  const read = READERS.get(name)?.(cursor, context) ?? UNKNOWN;
  if (read !== UNKNOWN && cursor.atEnd) return read;
  cursor.rewind(start);
  while (!cursor.atEnd) cursor.take('an option');
  return { kind: 'opaque', name, options: cursor.textSince(start) };
}

const VERDICTS: ReadonlyMap<string, Target> = new Map<string, Target>([
  ['ACCEPT', { kind: 'accept' }],
  ['DROP', { kind: 'drop' }],
  ['RETURN', { kind: 'return' }],
]);

const REJECT_TYPES: readonly RejectType[] = [
  'icmp-net-unreachable',
  'icmp-host-unreachable',
  'icmp-proto-unreachable',
  'icmp-port-unreachable',
  'icmp-net-prohibited',
  'icmp-host-prohibited',
  'icmp-admin-prohibited',
  'icmp6-no-route',
  'icmp6-adm-prohibited',
  'icmp6-addr-unreachable',
  'icmp6-port-unreachable',
  'icmp6-policy-fail',
  'icmp6-reject-route',
  'tcp-reset',
];

const READERS: ReadonlyMap<string, (cursor: LineCursor, context: TargetContext) => Read> = new Map<
  string,
  (cursor: LineCursor, context: TargetContext) => Read
>([
  ['CONNMARK', readConnmark],
  ['CT', readCt],
  ['DNAT', readDestinationNat],
  ['DSCP', readDscp],
  ['LOG', readLog],
  ['MARK', readMark],
  ['MASQUERADE', readMasquerade],
  ['NFLOG', readNflog],
  ['NOTRACK', () => ({ kind: 'notrack' })],
  ['REDIRECT', readRedirect],
  ['REJECT', readReject],
  ['SET', readSet],
  ['SNAT', readSourceNat],
  ['TCPMSS', readTcpMss],
  ['TOS', readTos],
]);

function readReject(cursor: LineCursor, { family }: TargetContext): Read {
  if (cursor.atEnd) {
    return {
      kind: 'reject',
      with: family === 4 ? 'icmp-port-unreachable' : 'icmp6-port-unreachable',
    };
  }
  if (!cursor.skip('--reject-with')) return UNKNOWN;
  const text = cursor.take('how to reject');
  const type = REJECT_TYPES.find((each) => each === text);
  return type === undefined ? UNKNOWN : { kind: 'reject', with: type };
}

const EVERY_BIT = 0xffff_ffff;

function readMark(cursor: LineCursor): Read {
  switch (cursor.atEnd ? '' : cursor.take('an option')) {
    case '--set-xmark':
      return { kind: 'mark', ...readMaskedWord(cursor, 'mark') };
    case '--set-mark': {
      const { value, mask } = readMaskedWord(cursor, 'mark');
      return { kind: 'mark', value, mask: (value | mask) >>> 0, spelling: 'set-mark' };
    }
    case '--or-mark': {
      const value = cursor.word32('mark');
      return { kind: 'mark', value, mask: value, spelling: 'or-mark' };
    }
    case '--xor-mark':
      return { kind: 'mark', value: cursor.word32('mark'), mask: 0, spelling: 'xor-mark' };
    case '--and-mark': {
      const mask = (cursor.word32('mark') ^ EVERY_BIT) >>> 0;
      return { kind: 'mark', value: 0, mask, spelling: 'and-mark' };
    }
    default:
      return UNKNOWN;
  }
}

function readConnmark(cursor: LineCursor): Read {
  const option = cursor.atEnd ? '' : cursor.take('an option');
  if (option === '--set-xmark') return { kind: 'connmark-set', ...readMaskedWord(cursor, 'mark') };
  if (option === '--set-mark') {
    const { value, mask } = readMaskedWord(cursor, 'mark');
    return { kind: 'connmark-set', value, mask: (value | mask) >>> 0 };
  }
  if (option !== '--save-mark' && option !== '--restore-mark') return UNKNOWN;
  let packetMask = EVERY_BIT;
  let mask = EVERY_BIT;
  const outcome = readOptions(cursor, {
    '--nfmask': upright(() => {
      packetMask = cursor.word32('mask');
    }),
    '--ctmask': upright(() => {
      mask = cursor.word32('mask');
    }),
  });
  if (outcome === UNKNOWN) return UNKNOWN;
  const kind = option === '--save-mark' ? 'connmark-save' : 'connmark-restore';
  return { kind, mask, ...(packetMask === mask ? {} : { packetMask }) };
}

/** Helpers and events are not emulated. */
function readCt(cursor: LineCursor): Read {
  const read: Draft<TargetOf<'ct'>> = { kind: 'ct' };
  const zone = (direction?: 'original' | 'reply') =>
    upright(() => {
      read.zone = cursor.skip('mark') ? 'mark' : cursor.integer('zone', 0, 65_535);
      if (direction !== undefined) read.zoneDirection = direction;
    });
  const outcome = readOptions(cursor, {
    '--notrack': upright(() => {
      read.notrack = true;
    }),
    '--zone': zone(),
    '--zone-orig': zone('original'),
    '--zone-reply': zone('reply'),
  });
  return outcome ?? read;
}

function readTcpMss(cursor: LineCursor): Read {
  if (cursor.skip('--clamp-mss-to-pmtu')) return { kind: 'tcp-mss', mss: 'path-mtu' };
  if (!cursor.skip('--set-mss')) return UNKNOWN;
  return { kind: 'tcp-mss', mss: cursor.integer('segment size', 0, 65_535) };
}

function readDscp(cursor: LineCursor): Read {
  if (!cursor.skip('--set-dscp')) return UNKNOWN;
  const value = cursor.word32('DSCP');
  return value > 63 ? UNKNOWN : { kind: 'dscp', value };
}

const BYTE = 0xff;

/** Shorthands are all said by a value and a mask. */
function readTos(cursor: LineCursor): Read {
  const option = cursor.atEnd ? '' : cursor.take('an option');
  const text = cursor.atEnd ? '' : cursor.take('a type of service');
  const [value = Number.NaN, mask = BYTE] = text.split('/').map(Number);
  if (!(value <= BYTE && mask <= BYTE)) return UNKNOWN;
  switch (option) {
    case '--set-tos':
      return { kind: 'tos', value, mask };
    case '--and-tos':
      return { kind: 'tos', value: 0, mask: ~value & BYTE };
    case '--or-tos':
      return { kind: 'tos', value, mask: value };
    case '--xor-tos':
      return { kind: 'tos', value, mask: 0 };
    default:
      return UNKNOWN;
  }
}

function readSet(cursor: LineCursor, { opaqueSet }: TargetContext): Read {
  const option = cursor.atEnd ? '' : cursor.take('an option');
  if (option !== '--add-set' && option !== '--del-set') return UNKNOWN;
  const set = cursor.take('the name of a set');
  const names = cursor.take('src or dst').split(',');
  const directions = names.filter((name) => name === 'src' || name === 'dst');
  if (directions.length !== names.length || opaqueSet(set) !== undefined) return UNKNOWN;
  const exist = cursor.skip('--exist');
  const timeoutSeconds = cursor.skip('--timeout')
    ? cursor.integer('number of seconds', 0, EVERY_BIT)
    : undefined;
  return {
    kind: 'set',
    op: option === '--add-set' ? 'add' : 'delete',
    set,
    directions,
    ...(exist ? { exist } : {}),
    ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
  };
}

function readLog(cursor: LineCursor): Read {
  const read: Draft<TargetOf<'log'>> = { kind: 'log', prefix: '' };
  const outcome = readOptions(cursor, {
    '--log-prefix': upright(() => {
      read.prefix = cursor.take('a prefix');
    }),
    '--log-level': upright(() => {
      read.level = cursor.integer('level', 0, 255);
    }),
  });
  return outcome ?? read;
}

function readNflog(cursor: LineCursor): Read {
  const read: Draft<TargetOf<'nflog'>> = { kind: 'nflog', group: 0 };
  const outcome = readOptions(cursor, {
    '--nflog-group': upright(() => {
      read.group = cursor.integer('group', 0, 65_535);
    }),
    '--nflog-prefix': upright(() => {
      read.prefix = cursor.take('a prefix');
    }),
    '--nflog-size': upright(() => {
      read.sizeBytes = cursor.integer('size', 0, EVERY_BIT);
    }),
  });
  return outcome ?? read;
}
