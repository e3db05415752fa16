import type { CounterTest, Match, OwnerRange, SetCounterOptions, U32Test } from '../rule.ts';
import { hex } from './quote.ts';

export const formatOwner = ({
  uid,
  gid,
  socketExists,
}: Extract<Match, { readonly kind: 'owner' }>): string =>
  [
    ...(uid === undefined ? [] : [formatRange('--uid-owner', uid)]),
    ...(gid === undefined ? [] : [formatRange('--gid-owner', gid)]),
    ...(socketExists === undefined ? [] : [`${not(socketExists)}--socket-exists`]),
  ].join(' ');

const not = ({ invert }: { readonly invert?: boolean }): string => (invert === true ? '! ' : '');

const formatRange = (option: string, range: OwnerRange): string => {
  const { first, last } = range;
  return `${not(range)}${option} ${first === last ? first : `${first}-${last}`}`;
};

/** All numbers are hexadecimal, those of shifts too. */
export const formatU32 = ({ offset, steps, ranges }: U32Test): string => {
  const location = steps.map(({ operator, operand }) => `${operator}${hex(operand)}`).join('');
  const values = ranges.map(({ first, last }) =>
    first === last ? hex(first) : `${hex(first)}:${hex(last)}`,
  );
  return `${hex(offset)}${location}=${values.join(',')}`;
};

export const formatSetCounters = (options: SetCounterOptions | undefined): string => {
  if (options === undefined) return '';
  const { keepsCounters, keepsSubcounters, packets, bytes } = options;
  return [
    keepsCounters === true ? ' ! --update-counters' : '',
    keepsSubcounters === true ? ' ! --update-subcounters' : '',
    formatCounter('packets', packets),
    formatCounter('bytes', bytes),
  ].join('');
};

const COMPARISON = { equal: 'eq', unequal: 'eq', less: 'lt', greater: 'gt' } as const;

const formatCounter = (name: 'packets' | 'bytes', test: CounterTest | undefined): string => {
  if (test === undefined) return '';
  const { compare, value } = test;
  return ` ${compare === 'unequal' ? '! ' : ''}--${name}-${COMPARISON[compare]} ${value}`;
};
