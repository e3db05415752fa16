import { datatypeInfo } from '../model/datatype.ts';
import {
  fieldOf,
  type NftLookupKey,
  type NftOperand,
  operandDatatype,
  operandsOf,
} from '../model/operand.ts';
import { isOfFrames, type NftFamily } from '../model/ruleset.ts';
import { valueFault } from './check-value.ts';
import type { ProtocolContext } from './protocol-context.ts';
import { refuse } from './refuse.ts';

/** Throws `Refused` for what cannot be read off packets that have got this far. */
export const checkOperands = (
  key: NftLookupKey,
  family: NftFamily,
  context: ProtocolContext,
): void => {
  for (const operand of operandsOf(key)) {
    checkOperand(operand, family, context);
    context.readKey(operand);
  }
};

export const checkOperand = (
  operand: NftOperand,
  family: NftFamily,
  context: ProtocolContext,
): void => {
  const field = fieldOf(operand);
  if (field !== undefined) {
    if (field === 'meta nfproto' && family !== 'inet') {
      refuse('EINVAL', 'meta nfproto is only useful in the inet family');
    }
    if (/^meta [io]brname$/.test(field) && family !== 'bridge') {
      refuse('EOPNOTSUPP', `${field} is only there in the bridge family`);
    }
    if (field.startsWith('ct ') && isOfFrames(family)) {
      refuse('EPROTO', `the ${family} family sees no connections`);
    }
    if (field.startsWith('arp ') && !isOfFrames(family)) {
      refuse('EINVAL', `conflicting protocols specified: ${family} vs. arp`);
    }
    const conflict = context.conflict(field);
    if (conflict !== undefined) refuse('EINVAL', conflict);
    if (/ proto-(src|dst)$/.test(field) && context.transport === undefined) {
      refuse('EINVAL', `${field} needs a transport protocol match before it`);
    }
  }
  if (typeof operand === 'string') return;
  switch (operand.kind) {
    case 'numgen':
      if (!isCount(operand.modulus) || operand.modulus + (operand.offset ?? 0) > 0x1_0000_0000) {
        refuse('ERANGE', 'Numerical result out of range');
      }
      return;
    case 'bitwise': {
      const type = operandDatatype(operand);
      if (datatypeInfo(type).bits > 48 || type === 'dscp') {
        refuse('EOPNOTSUPP', `bitwise operations on ${operand.of} are not supported`);
      }
      const fault = valueFault(type, operand.mask) ?? valueFault(type, operand.xor ?? 0);
      if (fault !== undefined) refuse('EINVAL', fault);
      return;
    }
    case 'fib':
      if (family === 'bridge' || family === 'arp') {
        refuse('ENOENT', `the ${family} family has no fib`);
      }
      if (operand.result !== 'type' && operand.device === 'oif') {
        refuse('EINVAL', 'a route is asked for with iif only');
      }
      return;
  }
};

export const isCount = (value: number): boolean => Number.isInteger(value) && value > 0;
