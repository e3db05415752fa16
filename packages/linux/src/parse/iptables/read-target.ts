import { type Ip, tryParseIp } from '@podpath/net';
import type { RejectType, Target } from '../../netfilter/rule.ts';
import type { LineCursor } from '../line-cursor.ts';
import { portRange, readMaskedWord, readOptions, UNKNOWN } from './option-reader.ts';

type Reader = (cursor: LineCursor) => Target | typeof UNKNOWN;

/** What follows `-j`. `isChain` tells chains from the targets that podpath does not know. */
export function readTarget(cursor: LineCursor, isChain: (name: string) => boolean): Target {
  const name = cursor.take('a target');
  const start = cursor.position;
  const verdict = VERDICTS[name];
  if (verdict !== undefined) return verdict;
  if (isChain(name)) return { kind: 'jump', chain: name };
  const read = READERS.get(name)?.(cursor) ?? UNKNOWN;
  if (read !== UNKNOWN && cursor.atEnd) return read;
  cursor.rewind(start);
  while (!cursor.atEnd) cursor.take('an option');
  return { kind: 'opaque', name, options: cursor.textSince(start) };
}

const VERDICTS: Readonly<Record<string, Target>> = {
  ACCEPT: { kind: 'accept' },
  DROP: { kind: 'drop' },
  RETURN: { kind: 'return' },
};

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
  'tcp-reset',
];

const EVERY_BIT = 0xffff_ffff;

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['REJECT', readReject],
  ['MARK', readMark],
  ['CONNMARK', readConnmark],
  ['DNAT', readDestinationNat],
  ['SNAT', readSourceNat],
  ['MASQUERADE', readMasquerade],
  ['NOTRACK', () => ({ kind: 'notrack' })],
  ['CT', (cursor) => (cursor.skip('--notrack') ? { kind: 'notrack' } : UNKNOWN)],
  ['LOG', readLog],
  ['NFLOG', readNflog],
]);

function readReject(cursor: LineCursor): Target | typeof UNKNOWN {
  if (!cursor.skip('--reject-with')) return UNKNOWN;
  const text = cursor.take('how to reject');
  const type = REJECT_TYPES.find((each) => each === text);
  return type === undefined ? UNKNOWN : { kind: 'reject', with: type };
}

function readMark(cursor: LineCursor): Target | typeof UNKNOWN {
  const option = cursor.atEnd ? '' : cursor.take('an option');
  switch (option) {
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
    case '--and-mark':
      return {
        kind: 'mark',
        value: 0,
        mask: (cursor.word32('mark') ^ EVERY_BIT) >>> 0,
        spelling: 'and-mark',
      };
    default:
      return UNKNOWN;
  }
}

/** One mask for both marks, as Calico and kube-proxy use it. */
function readConnmark(cursor: LineCursor): Target | typeof UNKNOWN {
  const option = cursor.atEnd ? '' : cursor.take('an option');
  if (option !== '--save-mark' && option !== '--restore-mark') return UNKNOWN;
  let nfmask = EVERY_BIT;
  let ctmask = EVERY_BIT;
  const outcome = readOptions(cursor, (name) => {
    if (name === '--nfmask') nfmask = cursor.word32('mask');
    else if (name === '--ctmask') ctmask = cursor.word32('mask');
    else if (name === '--mask') nfmask = ctmask = cursor.word32('mask');
    else return UNKNOWN;
    return undefined;
  });
  if (outcome === UNKNOWN || nfmask !== ctmask) return UNKNOWN;
  return { kind: option === '--save-mark' ? 'connmark-save' : 'connmark-restore', mask: nfmask };
}

/** To one address, maybe with one port. Ranges and `--random` are not emulated. */
function readDestinationNat(cursor: LineCursor): Target | typeof UNKNOWN {
  if (!cursor.skip('--to-destination')) return UNKNOWN;
  const end = splitEnd(cursor.take('an address'));
  if (end === undefined) return UNKNOWN;
  if (end.port === undefined) return { kind: 'dnat', address: end.address };
  const { first, last } = portRange(cursor, end.port, '-');
  return first === last ? { kind: 'dnat', address: end.address, port: first } : UNKNOWN;
}

function readSourceNat(cursor: LineCursor): Target | typeof UNKNOWN {
  if (!cursor.skip('--to-source')) return UNKNOWN;
  const end = splitEnd(cursor.take('an address'));
  if (end === undefined) return UNKNOWN;
  const ports = end.port === undefined ? {} : { ports: portRange(cursor, end.port, '-') };
  const randomFully = cursor.skip('--random-fully');
  return { kind: 'snat', address: end.address, ...ports, ...(randomFully ? { randomFully } : {}) };
}

function readMasquerade(cursor: LineCursor): Target | typeof UNKNOWN {
  const ports = cursor.skip('--to-ports')
    ? { ports: portRange(cursor, cursor.take('ports'), '-') }
    : {};
  const randomFully = cursor.skip('--random-fully');
  return { kind: 'masquerade', ...ports, ...(randomFully ? { randomFully } : {}) };
}

/** `10.0.0.1`, `10.0.0.1:80`, `fd00::1` or `[fd00::1]:80`; `undefined` for what is not one address. */
function splitEnd(text: string): { readonly address: Ip; readonly port?: string } | undefined {
  const [, six, four, port] = /^(?:\[([^\]]*)\]|([\d.]+))(?::(\S+))?$/.exec(text) ?? [];
  const address = tryParseIp(six ?? four ?? text);
  if (address === undefined) return undefined;
  return port === undefined ? { address } : { address, port };
}

function readLog(cursor: LineCursor): Target | typeof UNKNOWN {
  let prefix = '';
  let level: number | undefined;
  const outcome = readOptions(cursor, (option) => {
    if (option === '--log-prefix') prefix = cursor.take('a prefix');
    else if (option === '--log-level') level = cursor.integer('level', 0, 255);
    else return UNKNOWN;
    return undefined;
  });
  if (outcome === UNKNOWN) return UNKNOWN;
  return { kind: 'log', prefix, ...(level === undefined ? {} : { level }) };
}

function readNflog(cursor: LineCursor): Target | typeof UNKNOWN {
  let group = 0;
  let prefix: string | undefined;
  let sizeBytes: number | undefined;
  const outcome = readOptions(cursor, (option) => {
    if (option === '--nflog-group') group = cursor.integer('group', 0, 65_535);
    else if (option === '--nflog-prefix') prefix = cursor.take('a prefix');
    else if (option === '--nflog-size') sizeBytes = cursor.integer('size', 0, 0xffff_ffff);
    else return UNKNOWN;
    return undefined;
  });
  if (outcome === UNKNOWN) return UNKNOWN;
  return {
    kind: 'nflog',
    group,
    ...(prefix === undefined ? {} : { prefix }),
    ...(sizeBytes === undefined ? {} : { sizeBytes }),
  };
}
