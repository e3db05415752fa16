import { ipv6Words, lastAddress, maskOf } from '@podpath/net';
import { datatypeInfo } from '../model/datatype.ts';
import { type NftOperand, operandDatatype } from '../model/operand.ts';
import type { NftMatch, NftOperator } from '../model/statement.ts';
import { isPrefix, isRange, type NftScalar, type NftValue } from '../model/value.ts';
import { compareWords } from '../sets/compare-words.ts';
import type { DeviceNumbers } from '../sets/encode-key.ts';
import type { NftSet } from '../sets/nft-set.ts';
import { keyWriter } from './lookup-key.ts';
import { count, type Evaluation, type MapData, type StatementFunction, Step } from './objects.ts';
import { operandReader } from './operand-reader.ts';

type Test = (at: Evaluation) => boolean;

const asStatement =
  (test: Test): StatementFunction =>
  (at) =>
    test(at) ? Step.NEXT : Step.BREAK;

/** Whether the key is in a set, or with `!=` is not. */
export const compileSetMatch = (
  { left, op }: Pick<NftMatch, 'left' | 'op'>,
  set: Pick<NftSet<MapData>, 'find'>,
): StatementFunction => {
  const write = keyWriter(left);
  const negate = op === '!=';
  return (at) => {
    if (!write(at)) return Step.BREAK;
    const found = set.find(at.key);
    if ((found !== undefined) === negate) return Step.BREAK;
    if (found !== undefined) count(found, at);
    return Step.NEXT;
  };
};

/** A field against a value, which has been checked against its type. */
export const compileValueMatch = (
  left: NftOperand,
  op: NftOperator | undefined,
  right: NftValue,
  devices: DeviceNumbers,
): StatementFunction => {
  const reader = operandReader(left);
  switch (reader.kind) {
    case 'number': {
      const anyBit = op === undefined && datatypeInfo(operandDatatype(left)).isBitmask === true;
      return asStatement(numberTest(reader.read, anyBit ? 'any' : op, right, devices));
    }
    case 'ipv6':
      return asStatement(ipv6Test(reader.read, op, right));
    case 'name':
      return asStatement(nameTest(reader.read, op === '!=', String(right)));
  }
};

const numberTest = (
  read: (at: Evaluation) => number,
  op: NftOperator | 'any' | undefined,
  right: NftValue,
  devices: DeviceNumbers,
): Test => {
  const toNumber = (scalar: NftScalar): number =>
    typeof scalar === 'string' ? devices(scalar) : Number(scalar);
  const negate = op === '!=';
  if (isRange(right)) {
    const first = toNumber(right.first);
    const last = toNumber(right.last);
    return (at) => {
      const value = read(at);
      return value >= 0 && (value >= first && value <= last) !== negate;
    };
  }
  if (isPrefix(right)) {
    const want = toNumber(right.address);
    const mask = maskOf(right.length);
    return (at) => {
      const value = read(at);
      return value >= 0 && ((value & mask) >>> 0 === want) !== negate;
    };
  }
  const want = toNumber(right);
  switch (op) {
    case 'any':
      return (at) => {
        const value = read(at);
        return value >= 0 && (value & want) !== 0;
      };
    case undefined:
    case '==':
      return (at) => read(at) === want;
    case '!=':
      return (at) => {
        const value = read(at);
        return value >= 0 && value !== want;
      };
    case '<':
      return (at) => {
        const value = read(at);
        return value >= 0 && value < want;
      };
    case '>':
      return (at) => read(at) > want;
    case '<=':
      return (at) => {
        const value = read(at);
        return value >= 0 && value <= want;
      };
    case '>=':
      return (at) => read(at) >= want;
  }
};

const ipv6Test = (
  read: (at: Evaluation) => Uint32Array | undefined,
  op: NftOperator | undefined,
  right: NftValue,
): Test => {
  const compared = (first: Uint32Array, last: Uint32Array, negate: boolean): Test => {
    return (at) => {
      const words = read(at);
      if (words === undefined) return false;
      const within =
        compareWords(words, 0, first, 0, 4) >= 0 && compareWords(words, 0, last, 0, 4) <= 0;
      return within !== negate;
    };
  };
  const [first, last] = ends(right);
  switch (op) {
    case undefined:
    case '==':
      return compared(first, last, false);
    case '!=':
      return compared(first, last, true);
    case '<':
      return ordered(read, first, (order) => order < 0);
    case '>':
      return ordered(read, first, (order) => order > 0);
    case '<=':
      return ordered(read, first, (order) => order <= 0);
    case '>=':
      return ordered(read, first, (order) => order >= 0);
  }
};

const ends = (value: NftValue): readonly [first: Uint32Array, last: Uint32Array] => {
  if (isRange(value)) return [wordsOf(value.first), wordsOf(value.last)];
  if (isPrefix(value)) return [wordsOf(value.address), wordsOf(lastAddress(value))];
  const words = wordsOf(value);
  return [words, words];
};

const wordsOf = (scalar: NftScalar): Uint32Array => Uint32Array.from(ipv6Words(BigInt(scalar)));

const ordered =
  (
    read: (at: Evaluation) => Uint32Array | undefined,
    than: Uint32Array,
    holds: (order: number) => boolean,
  ): Test =>
  (at) => {
    const words = read(at);
    return words !== undefined && holds(compareWords(words, 0, than, 0, 4));
  };

const nameTest = (read: (at: Evaluation) => string, negate: boolean, name: string): Test => {
  if (name.endsWith('*')) {
    const start = name.slice(0, -1);
    return (at) => read(at).startsWith(start) !== negate;
  }
  return (at) => (read(at) === name) !== negate;
};
