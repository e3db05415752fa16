import { tryParseIp } from '@podpath/net';
import type { Match, PacketRate } from '../../netfilter/rule.ts';
import type { LineCursor } from '../line-cursor.ts';
import {
  type ModuleContext,
  type OptionReader,
  readList,
  readOptions,
  UNKNOWN,
  upright,
} from './option-reader.ts';

type MatchOf<K extends Match['kind']> = Extract<Match, { readonly kind: K }>;
type Draft<T> = { -readonly [key in keyof T]: T[key] };
type Read = readonly Match[] | typeof UNKNOWN;

const UNITS: Readonly<Record<string, PacketRate['per']>> = {
  sec: 'second',
  second: 'second',
  min: 'minute',
  minute: 'minute',
  hour: 'hour',
  day: 'day',
};
const MOST = 0xffff_ffff;

/** `3/min`; `undefined` for a rate of bytes. */
function readRate(cursor: LineCursor): PacketRate | undefined {
  const [, packets, unit = ''] = /^(\d{1,10})\/([a-z]+)$/.exec(cursor.take('a rate')) ?? [];
  const per = UNITS[unit];
  return packets === undefined || per === undefined ? undefined : { packets: Number(packets), per };
}

export function readLimit({ cursor }: ModuleContext): Read {
  let rate: PacketRate | undefined;
  let burst: number | undefined;
  const outcome = readOptions(cursor, {
    '--limit': upright(() => {
      rate = readRate(cursor);
    }),
    '--limit-burst': upright(() => {
      burst = cursor.integer('burst', 0, MOST);
    }),
  });
  if (outcome === UNKNOWN || rate === undefined) return UNKNOWN;
  return [{ kind: 'limit', rate, ...(burst === undefined ? {} : { burst }) }];
}

const MODES = ['srcip', 'srcport', 'dstip', 'dstport'] as const;

export function readHashlimit({ cursor }: ModuleContext): Read {
  const read: Partial<Draft<MatchOf<'hashlimit'>>> = {};
  const limit = (compare: 'upto' | 'above'): OptionReader =>
    upright(() => {
      const rate = readRate(cursor);
      if (rate === undefined) return UNKNOWN;
      read.compare = compare;
      read.rate = rate;
    });
  const number = (
    field:
      | 'burst'
      | 'tableSize'
      | 'expireMs'
      | 'collectMs'
      | 'sourceMaskLength'
      | 'destinationMaskLength',
  ): OptionReader =>
    upright(() => {
      read[field] = cursor.integer(field, 0, MOST);
    });
  const outcome = readOptions(cursor, {
    '--hashlimit-upto': limit('upto'),
    '--hashlimit-above': limit('above'),
    '--hashlimit-burst': number('burst'),
    '--hashlimit-mode': upright(() => {
      const by = readList(cursor, 'modes', MODES);
      if (by === undefined) return UNKNOWN;
      read.by = by;
    }),
    '--hashlimit-name': upright(() => {
      read.name = cursor.take('a name');
    }),
    '--hashlimit-htable-size': number('tableSize'),
    // How many addresses it may know at once: podpath's flows are few.
    '--hashlimit-htable-max': upright(() => {
      cursor.integer('number of entries', 0, MOST);
    }),
    '--hashlimit-htable-expire': number('expireMs'),
    '--hashlimit-htable-gcinterval': number('collectMs'),
    '--hashlimit-srcmask': number('sourceMaskLength'),
    '--hashlimit-dstmask': number('destinationMaskLength'),
  });
  const { name, compare, rate } = read;
  if (outcome === UNKNOWN || name === undefined || compare === undefined || rate === undefined) {
    return UNKNOWN;
  }
  return [{ ...read, kind: 'hashlimit', name, compare, rate }];
}

/** The threshold is what the kernel keeps of the probability. */
export function readStatistic({ cursor }: ModuleContext): Read {
  let mode: string | undefined;
  let threshold: number | undefined;
  let every: number | undefined;
  let packet = 0;
  let inverse = false;
  const outcome = readOptions(cursor, {
    '--mode': upright(() => {
      mode = cursor.take('a mode');
    }),
    '--probability': (invert) => {
      const text = cursor.take('a probability');
      if (!/^[01](\.\d{1,20})?$/.test(text) || Number(text) > 1) {
        cursor.failBefore(`"${text}" is no probability`, 'a number from 0 to 1');
      }
      threshold = Math.round(Number(text) * 0x8000_0000);
      inverse = invert;
    },
    '--every': (invert) => {
      every = cursor.integer('number of packets', 1, MOST);
      inverse = invert;
    },
    '--packet': upright(() => {
      packet = cursor.integer('number of packets', 0, MOST);
    }),
  });
  if (outcome === UNKNOWN) return UNKNOWN;
  const not = inverse ? { invert: true } : {};
  if (mode === 'random' && threshold !== undefined) {
    return [{ kind: 'statistic', mode, threshold, ...not }];
  }
  if (mode === 'nth' && every !== undefined) {
    return [{ kind: 'statistic', mode, every, packet, ...not }];
  }
  return UNKNOWN;
}

const WHOLE_MASKS: ReadonlySet<string> = new Set([
  '255.255.255.255',
  'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
]);

export function readRecent({ cursor }: ModuleContext): Read {
  type Action = MatchOf<'recent'>['action'];
  const read: Partial<Draft<MatchOf<'recent'>>> = { name: 'DEFAULT' };
  const look: Draft<Extract<Action, { readonly kind: 'rcheck' | 'update' }>> = { kind: 'rcheck' };
  let kind: Action['kind'] | undefined;
  const action =
    (which: Action['kind']): OptionReader =>
    (invert) => {
      kind = which;
      if (invert) read.invert = true;
    };
  const outcome = readOptions(cursor, {
    '--set': action('set'),
    '--remove': action('remove'),
    '--rcheck': action('rcheck'),
    '--update': action('update'),
    '--seconds': upright(() => {
      look.seconds = cursor.integer('number of seconds', 0, MOST);
    }),
    '--reap': upright(() => {
      look.reap = true;
    }),
    '--hitcount': upright(() => {
      look.hitCount = cursor.integer('number of packets', 0, MOST);
    }),
    '--rttl': upright(() => {
      look.ttl = true;
    }),
    '--name': upright(() => {
      read.name = cursor.take('the name of a list');
    }),
    '--mask': upright(() => {
      const text = cursor.take('a mask');
      const mask = tryParseIp(text);
      if (mask === undefined) return UNKNOWN;
      if (!WHOLE_MASKS.has(text)) read.mask = mask;
    }),
    '--rsource': upright(() => {}),
    '--rdest': upright(() => {
      read.side = 'destination';
    }),
  });
  const { name } = read;
  if (outcome === UNKNOWN || kind === undefined || name === undefined) return UNKNOWN;
  const what: Action =
    kind === 'set' || kind === 'remove' ? { kind } : { reap: false, ...look, kind };
  return [{ ...read, kind: 'recent', name, action: what }];
}
