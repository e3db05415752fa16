import { datatypeInfo, type NftDatatype } from '../model/datatype.ts';
import { type NftOperand, operandDatatype, operandsOf } from '../model/operand.ts';
import { isSetReference, isValue, type NftMatch } from '../model/statement.ts';
import { formatField, formatLookupKey, formatOperand } from './operand-text.ts';
import {
  type DeviceNames,
  formatBits,
  formatKey,
  formatScalar,
  formatValue,
} from './scalar-text.ts';

export const formatMatch = (match: NftMatch, devices: DeviceNames): string => {
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
    return formatFlags(operand, type, op, right, devices);
  }
  const isBitwise = typeof operand === 'object' && operand.kind === 'bitwise';
  const isScalar = typeof right !== 'object';
  const implicit = op === undefined || op === '==';
  const sign = !implicit ? ` ${op}` : isBitwise && isScalar ? ' ==' : '';
  return `${formatOperand(operand, devices)}${sign} ${formatValue(type, right, devices)}`;
};

/** Comparisons of bit masks, which nft prints in ways of their own. */
const formatFlags = (
  operand: NftOperand,
  type: NftDatatype,
  op: NftMatch['op'],
  value: number,
  devices: DeviceNames,
): string => {
  const left = formatOperand(operand, devices);
  if (op === undefined) return `${left} ${formatBits(type, value, ',')}`;
  if (typeof operand === 'string' || operand.kind !== 'bitwise') {
    return `${left} ${op} ${formatExact(type, value, devices)}`;
  }
  const mask = Number(operand.mask);
  const field = formatField(operand.of);
  const bits = (of: number): string => formatBits(type, of, ',');
  if (op === '==' && value === 0) return `${field} ! ${bits(mask)}`;
  const isOneBit = (mask & (mask - 1)) === 0;
  if ((op !== '==' && op !== '!=') || isOneBit) {
    const sign = formatScalar(type, value, devices);
    return `${field} & ${formatScalar(type, mask, devices)} ${op} ${sign}`;
  }
  return `${field} ${op === '!=' ? '!= ' : ''}${bits(value)} / ${bits(mask)}`;
};

/** All of the field: several TCP flags are then a number. */
const formatExact = (type: NftDatatype, value: number, devices: DeviceNames): string => {
  const isOneBit = (value & (value - 1)) === 0;
  return type === 'tcp_flag' && !isOneBit
    ? `0x${value.toString(16)}`
    : formatScalar(type, value, devices);
};
