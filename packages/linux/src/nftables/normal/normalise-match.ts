import { datatypeInfo, type NftDatatype } from '../model/datatype.ts';
import { type NftBitwise, operandDatatype, operandsOf } from '../model/operand.ts';
import { isAnonymousSet, isSetReference, isValue, type NftMatch } from '../model/statement.ts';
import { isConcatenation, type NftScalar } from '../model/value.ts';
import type { DeviceNumbers } from '../sets/encode-key.ts';
import { bitLength, normaliseValue } from './normalise-key.ts';
import { normaliseElements } from './normalise-set.ts';

/** A comparison as the kernel gives it back. */
export const normaliseMatch = (match: NftMatch, devices: DeviceNumbers): NftMatch => {
  const { left, op, right } = match;
  if (isSetReference(right)) return withOp(match, op === '!=' ? op : undefined);
  if (isAnonymousSet(right)) {
    const [only, ...others] = right.elements;
    if (only !== undefined && others.length === 0 && !isConcatenation(only)) {
      return normaliseMatch({ ...match, right: only }, devices);
    }
    const elements = normaliseElements(left, right.elements, devices);
    return withOp({ ...match, right: { elements } }, op === '!=' ? op : undefined);
  }
  const [operand, ...others] = operandsOf(left);
  if (operand === undefined || others.length > 0) return match;
  const type = operandDatatype(operand);
  const value = normaliseValue(type, right, devices);
  const plain = { ...match, left: operand, right: value };
  if (typeof operand === 'object' && operand.kind === 'bitwise') {
    return normaliseBitwise(plain, operand, type, devices);
  }
  if (datatypeInfo(type).isBitmask !== true) return withOp(plain, op === '==' ? undefined : op);
  const isFull = value === allBits(type);
  // Any bit of all of them: not none.
  return op === undefined && isFull ? { ...plain, op: '!=', right: 0 } : plain;
};

const withOp = (match: NftMatch, op: NftMatch['op']): NftMatch => {
  const { op: _, ...rest } = match;
  return op === undefined ? rest : { ...rest, op };
};

const allBits = (type: NftDatatype): number => 2 ** datatypeInfo(type).bits - 1;

const normaliseBitwise = (
  match: NftMatch,
  bitwise: NftBitwise,
  type: NftDatatype,
  devices: DeviceNumbers,
): NftMatch => {
  const { op, right } = match;
  const { of, mask, xor = 0 } = bitwise;
  if (!isValue(right) || typeof right === 'object' || typeof right === 'string') return match;
  const { isBitmask, hasPrefixes, bits } = datatypeInfo(type);
  const equality = op === undefined || op === '==' || op === '!=';
  if (!equality) return match;
  const full = (1n << BigInt(bits)) - 1n;
  const isFlip = BigInt(xor) !== 0n && (BigInt(xor) & ~BigInt(mask)) === 0n;
  if (isFlip && BigInt(mask) !== full) {
    // Bits that are flipped before they are compared are flipped in what they are compared with.
    const plain = {
      ...match,
      left: { kind: 'bitwise', of, mask } as const,
      right: flipped(right, xor),
    };
    return normaliseBitwise(plain, plain.left, type, devices);
  }
  if (BigInt(mask) === full) {
    const value = flipped(right, xor);
    const sign = isBitmask === true ? (op ?? '==') : op === '==' ? undefined : op;
    return withOp({ ...match, left: of, right: value }, sign);
  }
  if (isBitmask === true && op === '!=' && BigInt(right) === 0n && BigInt(xor) === 0n) {
    return withOp({ ...match, left: of, right: Number(mask) }, undefined);
  }
  const length = prefixLength(BigInt(mask), bits);
  const isWithin = (BigInt(right) & ~BigInt(mask)) === 0n;
  if (hasPrefixes === true && length !== undefined && BigInt(xor) === 0n && isWithin) {
    const prefix = normaliseValue(type, { address: right, length }, devices);
    return withOp({ ...match, left: of, right: prefix }, op === '!=' ? op : undefined);
  }
  return withOp(match, op ?? '==');
};

const flipped = (value: NftScalar, xor: NftScalar): NftScalar =>
  typeof value === 'bigint' ? value ^ BigInt(xor) : Number(BigInt(value) ^ BigInt(xor));

/** How many leading bits a mask has, if those are all that it has. */
export const prefixLength = (mask: bigint, bits: number): number | undefined => {
  const rest = ((1n << BigInt(bits)) - 1n) ^ mask;
  return (rest & (rest + 1n)) === 0n ? bits - bitLength(rest) : undefined;
};
