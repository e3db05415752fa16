import type { NftDatatype } from './datatype.ts';
import { fieldInfo, type NftField } from './field.ts';
import { isConcatenation, type NftScalar } from './value.ts';

/** What a rule reads: a field, or something worked out from the packet. */
export type NftOperand = NftField | NftBitwise | NftFib | NftNumgen;

/** `(field & mask) ^ xor`, to which every chain of `&`, `|` and `^` comes down. */
export interface NftBitwise {
  readonly kind: 'bitwise';
  readonly of: NftField;
  readonly mask: NftScalar;
  /** Absent: 0. */
  readonly xor?: NftScalar;
}

/** What routing says about one of the packet's addresses. */
export interface NftFib {
  readonly kind: 'fib';
  readonly address: 'saddr' | 'daddr';
  readonly mark?: boolean;
  /** For a type, the device that must have the address; for a route, the one that it must lead to. */
  readonly device?: 'iif' | 'oif';
  /** `present` is `oif` asked for with `exists` and `missing`. */
  readonly result: 'type' | 'oif' | 'oifname' | 'present';
}

/** A number from `offset` to `offset + modulus - 1`: drawn, or one more each time. */
export interface NftNumgen {
  readonly kind: 'numgen';
  readonly mode: 'random' | 'inc';
  readonly modulus: number;
  /** Default 0. */
  readonly offset?: number;
}

/** What is looked up in a set: one operand, or several side by side. */
export type NftLookupKey = NftOperand | readonly NftOperand[];

export const operandsOf = (key: NftLookupKey): readonly NftOperand[] =>
  isConcatenation(key) ? key : [key];

/** The field that an operand comes from. */
export const fieldOf = (operand: NftOperand): NftField | undefined =>
  typeof operand === 'string' ? operand : operand.kind === 'bitwise' ? operand.of : undefined;

export const operandDatatype = (operand: NftOperand): NftDatatype => {
  if (typeof operand === 'string') return fieldInfo(operand).datatype;
  switch (operand.kind) {
    case 'bitwise':
      return fieldInfo(operand.of).datatype;
    case 'numgen':
      return 'integer32';
    case 'fib':
      return FIB_DATATYPES[operand.result];
  }
};

const FIB_DATATYPES = {
  type: 'fib_addrtype',
  oif: 'iface_index',
  oifname: 'ifname',
  present: 'boolean',
} as const satisfies Record<NftFib['result'], NftDatatype>;
