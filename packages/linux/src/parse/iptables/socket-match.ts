import type {
  CounterTest,
  Match,
  OwnerRange,
  SetCounterOptions,
  U32Test,
} from '../../netfilter/rule.ts';
import type { LineCursor } from '../line-cursor.ts';
import {
  inverted,
  type ModuleContext,
  type OptionReader,
  rangeIn,
  readOptions,
  UNKNOWN,
} from './option-reader.ts';

type Draft<T> = { -readonly [key in keyof T]: T[key] };
type MatchOf<K extends Match['kind']> = Extract<Match, { readonly kind: K }>;
type Read = readonly Match[] | typeof UNKNOWN;

const MOST = 0xffff_ffff;

/** `-m owner`; names of users and groups are not known here. */
export function readOwner({ cursor }: ModuleContext): Read {
  const read: Draft<MatchOf<'owner'>> = { kind: 'owner' };
  const ids =
    (name: 'uid' | 'gid'): OptionReader =>
    (invert) => {
      const text = cursor.take('numbers');
      if (!/^\d+(-\d+)?$/.test(text)) return UNKNOWN;
      const range: OwnerRange = { ...rangeIn(cursor, text, '-', MOST), ...inverted(invert) };
      read[name] = range;
    };
  const outcome = readOptions(cursor, {
    '--uid-owner': ids('uid'),
    '--gid-owner': ids('gid'),
    '--socket-exists': (invert) => {
      read.socketExists = inverted(invert);
    },
  });
  return outcome ?? [read];
}

export function readNfacct({ cursor }: ModuleContext): Read {
  if (!cursor.skip('--nfacct-name')) return UNKNOWN;
  return [{ kind: 'nfacct', name: cursor.take('the name of an accounting object') }];
}

export function readU32({ cursor }: ModuleContext): Read {
  let match: MatchOf<'u32'> | undefined;
  const outcome = readOptions(cursor, {
    '--u32': (invert) => {
      const tests = cursor
        .take('tests')
        .replaceAll(' ', '')
        .split('&&')
        .map((text) => u32TestIn(cursor, text));
      match = { kind: 'u32', tests, ...inverted(invert) };
    },
  });
  return outcome ?? (match === undefined ? UNKNOWN : [match]);
}

const NUMBER = /^(0[xX][0-9a-fA-F]{1,8}|\d{1,10})$/;
const STEP = /(<<|>>|&|@)([0-9a-fA-FxX]+)/g;

function u32TestIn(cursor: LineCursor, text: string): U32Test {
  const [, offset = '', steps = '', values = ''] =
    /^([0-9a-fA-FxX]+)((?:(?:<<|>>|&|@)[0-9a-fA-FxX]+)*)=(.+)$/.exec(text) ?? [];
  const number = (word: string): number => {
    const value = NUMBER.test(word) ? Number(word) : Number.NaN;
    if (!(value <= MOST)) {
      cursor.failBefore(
        `${JSON.stringify(text)} is no test of u32`,
        'LOCATION=VALUE, with && between',
      );
    }
    return value;
  };
  return {
    offset: number(offset),
    steps: [...steps.matchAll(STEP)].map(([, operator, operand = '']) => ({
      operator: operator === '<<' || operator === '>>' || operator === '@' ? operator : '&',
      operand: number(operand),
    })),
    ranges: values.split(',').map((range) => {
      const [first = '', last = first] = range.split(':');
      return { first: number(first), last: number(last) };
    }),
  };
}

/** Options of `-m set` after the set itself. */
export function counterReaders(
  cursor: LineCursor,
  options: Draft<SetCounterOptions>,
): Readonly<Record<string, OptionReader>> {
  const flag =
    (name: 'keepsCounters' | 'keepsSubcounters'): OptionReader =>
    (invert) => {
      // What is so by default is not said again.
      if (invert) options[name] = true;
    };
  const test =
    (name: 'packets' | 'bytes', compare: CounterTest['compare']): OptionReader =>
    (invert) => {
      if (invert && compare !== 'equal') return UNKNOWN;
      const value = cursor.integer('count', 0, Number.MAX_SAFE_INTEGER);
      options[name] = { compare: invert ? 'unequal' : compare, value };
    };
  return {
    '--update-counters': flag('keepsCounters'),
    '--update-subcounters': flag('keepsSubcounters'),
    '--packets-eq': test('packets', 'equal'),
    '--packets-lt': test('packets', 'less'),
    '--packets-gt': test('packets', 'greater'),
    '--bytes-eq': test('bytes', 'equal'),
    '--bytes-lt': test('bytes', 'less'),
    '--bytes-gt': test('bytes', 'greater'),
  };
}
