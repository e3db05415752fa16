import { IpProtocol } from '@podpath/net';
import type { ConntrackStateName, ConntrackStatusName, Match } from '../../netfilter/rule.ts';
import {
  inverted,
  type ModuleContext,
  type OptionReader,
  rangeIn,
  readList,
  readMaskedWord,
  readOptions,
  readPorts,
  UNKNOWN,
  upright,
} from './option-reader.ts';

type Read = readonly Match[] | typeof UNKNOWN;
type Draft<K extends Match['kind']> = {
  -readonly [key in keyof Extract<Match, { readonly kind: K }>]: Extract<
    Match,
    { readonly kind: K }
  >[key];
};

export function readMark(kind: 'mark' | 'connmark', { cursor }: ModuleContext): Read {
  const matches: Match[] = [];
  const outcome = readOptions(cursor, {
    '--mark': (invert) => {
      matches.push({ kind, ...readMaskedWord(cursor, 'mark'), ...inverted(invert) });
    },
  });
  return outcome ?? matches;
}

const STATES: readonly ConntrackStateName[] = [
  'INVALID',
  'NEW',
  'RELATED',
  'ESTABLISHED',
  'UNTRACKED',
  'SNAT',
  'DNAT',
];

/** The older `-m state --state`. */
export function readState({ cursor }: ModuleContext): Read {
  const matches: Match[] = [];
  const outcome = readOptions(cursor, {
    '--state': (invert) => {
      const states = readList(cursor, 'connection states', STATES);
      if (states === undefined) return UNKNOWN;
      matches.push({ kind: 'conntrack', module: 'state', states, ...inverted(invert) });
    },
  });
  return outcome ?? matches;
}

const STATUSES: readonly ConntrackStatusName[] = [
  'NONE',
  'EXPECTED',
  'SEEN_REPLY',
  'ASSURED',
  'CONFIRMED',
];
const LAST_PROTOCOL = Math.max(...Object.values(IpProtocol), 255);

/** `-m conntrack`. With nothing but states it is the common match; every other option makes it the long one. */
export function readConntrack({ cursor }: ModuleContext): Read {
  const read: Draft<'connection'> = { kind: 'connection' };
  const address =
    (
      field: 'originalSource' | 'originalDestination' | 'replySource' | 'replyDestination',
    ): OptionReader =>
    (invert) => {
      read[field] = { prefix: cursor.prefixOrAddress('an address'), ...inverted(invert) };
    };
  const port =
    (
      field:
        | 'originalSourcePort'
        | 'originalDestinationPort'
        | 'replySourcePort'
        | 'replyDestinationPort',
    ): OptionReader =>
    (invert) => {
      read[field] = { ...readPorts(cursor), ...inverted(invert) };
    };
  const outcome = readOptions(cursor, {
    '--ctstate': (invert) => {
      const names = readList(cursor, 'connection states', STATES);
      if (names === undefined) return UNKNOWN;
      read.states = { names, ...inverted(invert) };
    },
    '--ctproto': (invert) => {
      const protocol = cursor.integer('protocol', 0, LAST_PROTOCOL);
      read.protocol = { protocol, ...inverted(invert) };
    },
    '--ctorigsrc': address('originalSource'),
    '--ctorigdst': address('originalDestination'),
    '--ctreplsrc': address('replySource'),
    '--ctrepldst': address('replyDestination'),
    '--ctorigsrcport': port('originalSourcePort'),
    '--ctorigdstport': port('originalDestinationPort'),
    '--ctreplsrcport': port('replySourcePort'),
    '--ctrepldstport': port('replyDestinationPort'),
    '--ctstatus': (invert) => {
      const names = readList(cursor, 'statuses', STATUSES);
      if (names === undefined) return UNKNOWN;
      read.status = { names, ...inverted(invert) };
    },
    '--ctexpire': (invert) => {
      const range = rangeIn(cursor, cursor.take('seconds'), ':', 0xffff_ffff);
      read.expiresSeconds = { ...range, ...inverted(invert) };
    },
    '--ctdir': upright(() => {
      const direction = readList(cursor, 'a direction', ['ORIGINAL', 'REPLY'])?.[0];
      if (direction === undefined) return UNKNOWN;
      read.direction = direction;
    }),
  });
  if (outcome === UNKNOWN) return UNKNOWN;
  const { states } = read;
  if (states === undefined || Object.keys(read).length > 2) return [read];
  const { names, invert } = states;
  return [{ kind: 'conntrack', module: 'conntrack', states: names, ...inverted(invert === true) }];
}

export function readConnlimit({ cursor }: ModuleContext): Read {
  const read: Partial<Draft<'connlimit'>> = { side: 'source' };
  const limit = (compare: 'above' | 'upto'): OptionReader =>
    upright(() => {
      read.compare = compare;
      read.limit = cursor.integer('number of connections', 0, 0xffff_ffff);
    });
  const outcome = readOptions(cursor, {
    '--connlimit-above': limit('above'),
    '--connlimit-upto': limit('upto'),
    '--connlimit-mask': upright(() => {
      read.maskLength = cursor.integer('mask', 0, 128);
    }),
    '--connlimit-saddr': upright(() => {
      read.side = 'source';
    }),
    '--connlimit-daddr': upright(() => {
      read.side = 'destination';
    }),
  });
  const { compare, limit: most, maskLength, side } = read;
  const whole = compare !== undefined && most !== undefined && maskLength !== undefined;
  if (outcome === UNKNOWN || !whole || side === undefined) return UNKNOWN;
  return [{ kind: 'connlimit', compare, limit: most, maskLength, side }];
}
