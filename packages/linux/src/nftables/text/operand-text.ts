import { datatypeInfo } from '../model/datatype.ts';
import type { NftField } from '../model/field.ts';
import {
  type NftBitwise,
  type NftFib,
  type NftLookupKey,
  type NftNumgen,
  type NftOperand,
  operandDatatype,
  operandsOf,
} from '../model/operand.ts';
import { type DeviceNames, formatScalar } from './scalar-text.ts';

export const formatLookupKey = (key: NftLookupKey, devices: DeviceNames): string =>
  operandsOf(key)
    .map((operand) => formatOperand(operand, devices))
    .join(' . ');

export const formatOperand = (operand: NftOperand, devices: DeviceNames): string => {
  if (typeof operand === 'string') return formatField(operand);
  switch (operand.kind) {
    case 'bitwise':
      return formatBitwise(operand, devices);
    case 'fib':
      return formatFib(operand);
    case 'numgen':
      return formatNumgen(operand);
  }
};

/** Device matches are printed without their `meta`. */
export const formatField = (field: NftField): string => SHORT.get(field) ?? field;

const SHORT: ReadonlyMap<NftField, string> = new Map([
  ['meta iifname', 'iifname'],
  ['meta oifname', 'oifname'],
  ['meta iif', 'iif'],
  ['meta oif', 'oif'],
]);

/**
 * `(field & mask) ^ xor` as nft takes it apart again: bits that are set whatever they were are an `|`
 * (netlink_parse_bitwise in nft's netlink_delinearize.c).
 */
const formatBitwise = (bitwise: NftBitwise, devices: DeviceNames): string => {
  const type = operandDatatype(bitwise);
  const all = (1n << BigInt(datatypeInfo(type).bits)) - 1n;
  const mask = BigInt(bitwise.mask);
  const xor = BigInt(bitwise.xor ?? 0);
  const or = xor & ~mask & all;
  const flipped = xor & mask;
  const kept = mask | or;
  const scalar = (value: bigint): string =>
    formatScalar(type, type === 'ipv6_addr' ? value : Number(value), devices);
  let text = formatField(bitwise.of);
  if (kept !== all) text += ` & ${scalar(kept)}`;
  if (flipped !== 0n) text += ` ^ ${scalar(flipped)}`;
  if (or !== 0n) text += ` | ${scalar(or)}`;
  return text;
};

const formatFib = ({ address, mark, device, result }: NftFib): string => {
  const parts: string[] = [address];
  if (mark === true) parts.push('mark');
  if (device !== undefined) parts.push(device);
  return `fib ${parts.join(' . ')} ${result === 'present' ? 'oif' : result}`;
};

const formatNumgen = ({ mode, modulus, offset = 0 }: NftNumgen): string =>
  `numgen ${mode} mod ${modulus}${offset === 0 ? '' : ` offset ${offset}`}`;
