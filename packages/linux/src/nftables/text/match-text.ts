import { datatypeInfo, type NftDatatype } from '../model/datatype.ts';
import { type NftBitwise, type NftOperand, operandDatatype, operandsOf } from '../model/operand.ts';
import { isSetReference, isValue, type NftMatch } from '../model/statement.ts';
import { prefixLength } from '../normal/normalise-match.ts';
import { formatField, formatLookupKey, formatOperand } from './operand-text.ts';
import {
  type DeviceNames,
  formatBits,
  formatKey,
  formatScalar,
  formatValue,
} from './scalar-text.ts';

/** `listed`: as nft lists it, which once is not as nft would read it. */
export const formatMatch = (match: NftMatch, devices: DeviceNames, listed: boolean): string => {
  const { left, op, right } = match;
  const types = operandsOf(left).map(operandDatatype);
  const [operand] = operandsOf(left);
  const [type] = types;
  if (!isValue(right)) {
    const isBitwise = typeof operand === 'object' && operand.kind === 'bitwise';
    const sign = op === '!=' ? ' !=' : isBitwise ? ' ==' : '';
    const set = isSetReference(right)
      ? `@${right.set}`
      : `{ ${right.elements.map((key) => formatKey(types, key, devices)).join(', ')} }`;
    return `${formatLookupKey(left, devices)}${sign} ${set}`;
  }
  if (operand === undefined || type === undefined) return '';
  if (datatypeInfo(type).isBitmask === true && typeof right === 'number') {
    return formatFlags(operand, { type, op, value: right }, devices, listed);
  }
  const isBitwise = typeof operand === 'object' && operand.kind === 'bitwise';
  const isScalar = typeof right !== 'object';
  if (listed && isScalar && typeof operand === 'object' && operand.kind === 'bitwise') {
    const length = blockLength(operand, type);
    if (length !== undefined) {
      const field = `${formatField(operand.of)}${op === '!=' ? ' !=' : ''}`;
      return `${field} ${formatScalar(type, right, devices)}/${length}`;
    }
  }
  const implicit = op === undefined || op === '==';
  const sign = !implicit ? ` ${op}` : isBitwise && isScalar ? ' ==' : '';
  return `${formatOperand(operand, devices)}${sign} ${formatValue(type, right, devices)}`;
};

/** nft lists every comparison under a mask of leading bits as one with a prefix, even where no prefix is like that. */
const blockLength = ({ mask, xor = 0 }: NftBitwise, type: NftDatatype): number | undefined => {
  const { bits, hasPrefixes } = datatypeInfo(type);
  return hasPrefixes === true && BigInt(xor) === 0n ? prefixLength(BigInt(mask), bits) : undefined;
};

/** Comparisons of bit masks, which nft prints in ways of their own. */
const formatFlags = (
  operand: NftOperand,
  {
    type,
    op,
    value,
  }: { readonly type: NftDatatype; readonly op: NftMatch['op']; readonly value: number },
  devices: DeviceNames,
  listed: boolean,
): string => {
  const left = formatOperand(operand, devices);
  if (op === undefined) return `${left} ${formatBits(type, value, ',')}`;
  if (typeof operand === 'string' || operand.kind !== 'bitwise') {
    if (op !== '==' && op !== '!=') return `${left} ${op} 0x${value.toString(16)}`;
    // What nft lists here it would itself read as any of the bits.
    const sign = listed && op === '==' && type !== 'tcp_flag' && !isOneBit(value) ? '' : ` ${op}`;
    return `${left}${sign} ${formatExact(type, value, devices)}`;
  }
  const mask = Number(operand.mask);
  const field = formatField(operand.of);
  const bits = (of: number): string => formatBits(type, of, ',');
  if (op === '==' && value === 0) return `${field} ! ${bits(mask)}`;
  if ((op !== '==' && op !== '!=') || isOneBit(mask)) {
    const right = formatScalar(type, value, devices);
    return `${field} & ${formatScalar(type, mask, devices)} ${op} ${right}`;
  }
  return `${field} ${op === '!=' ? '!= ' : ''}${bits(value)} / ${bits(mask)}`;
};

/** All of the field: several TCP flags are then a number. */
const formatExact = (type: NftDatatype, value: number, devices: DeviceNames): string =>
  type === 'tcp_flag' && !isOneBit(value)
    ? `0x${value.toString(16)}`
    : formatScalar(type, value, devices);

const isOneBit = (value: number): boolean => (value & (value - 1)) === 0;
