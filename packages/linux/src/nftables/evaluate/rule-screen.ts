import type { DeviceNumbers } from '../../netfilter/device-numbers.ts';
import { Word } from '../../netfilter/packet-view.ts';
import { type Comparison, prefixed } from '../../netfilter/tables/comparison.ts';
import { screenOf } from '../../netfilter/tables/screen.ts';
import type { NftOperand } from '../model/operand.ts';
import { isValue, type NftMatch, type NftRule } from '../model/statement.ts';
import { isPrefix, type NftValue } from '../model/value.ts';

/**
 * The sharpest comparison that a packet of read headers has to pass to get past what a rule begins with; `undefined`
 * when there is none. What comes after a statement that does something may only be asked when that has been done.
 */
export function ruleScreen(
  { statements }: NftRule,
  devices: DeviceNumbers,
): Comparison | undefined {
  const comparisons: Comparison[] = [];
  for (const statement of statements) {
    if (statement.kind !== 'match') break;
    comparisons.push(...comparisonsOf(statement, devices));
    if (!isField(statement.left)) break;
  }
  return screenOf(comparisons);
}

/** Reading a field changes nothing. */
const isField = (left: NftMatch['left']): left is Extract<NftOperand, string> =>
  typeof left === 'string';

function comparisonsOf(
  { left, op, right }: NftMatch,
  devices: DeviceNumbers,
): readonly Comparison[] {
  const isEqual = op === undefined || op === '==';
  if (!isEqual || !isField(left) || !isValue(right)) return [];
  switch (left) {
    case 'ip saddr':
    case 'ip6 saddr':
      return ofAddress(right, Word.SOURCE);
    case 'ip daddr':
    case 'ip6 daddr':
      return ofAddress(right, Word.DESTINATION);
    case 'ip protocol':
    case 'meta l4proto':
      return ofNumber(right, Word.PROTOCOL);
    case 'tcp sport':
    case 'udp sport':
    case 'sctp sport':
      return ofNumber(right, Word.SOURCE_PORT);
    case 'tcp dport':
    case 'udp dport':
    case 'sctp dport':
      return ofNumber(right, Word.DESTINATION_PORT);
    case 'meta iifname':
      return ofName(right, Word.IN_DEVICE, devices);
    case 'meta oifname':
      return ofName(right, Word.OUT_DEVICE, devices);
    default:
      return [];
  }
}

/** Packets of the other family do not pass the match, whatever their words are. */
function ofAddress(value: NftValue, word: number): readonly Comparison[] {
  if (isPrefix(value)) return prefixed(value, word);
  if (typeof value === 'number') return prefixed({ address: value, length: 32 }, word);
  return typeof value === 'bigint' ? prefixed({ address: value, length: 128 }, word) : [];
}

/** Protocols and ports. */
const ofNumber = (value: NftValue, word: number): readonly Comparison[] =>
  typeof value === 'number' ? [{ word, mask: NUMBER_BITS, value }] : [];

/** The sign too: what is not there is negative. */
const NUMBER_BITS = -0x8000_0000 | 0xffff;

/** A `*` at the end stands for any ending. */
const ofName = (value: NftValue, word: number, devices: DeviceNumbers): readonly Comparison[] =>
  typeof value === 'string' && !value.endsWith('*')
    ? [{ word, mask: -1, value: devices.numberOf(value) }]
    : [];
