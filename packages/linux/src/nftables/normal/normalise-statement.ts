import type { NftBitwise } from '../model/operand.ts';
import {
  isOperand,
  isSetReference,
  type NftLimit,
  type NftLog,
  type NftMapLookup,
  type NftSource,
  type NftStatement,
} from '../model/statement.ts';
import type { NftScalar } from '../model/value.ts';
import type { DeviceNumbers } from '../sets/encode-key.ts';
import { normaliseMatch } from './normalise-match.ts';
import { normaliseEntries } from './normalise-set.ts';

/** A statement as the kernel gives it back, seen by itself. */
export const normaliseStatement = (
  statement: NftStatement,
  devices: DeviceNumbers,
): NftStatement => {
  switch (statement.kind) {
    case 'match':
      return normaliseMatch(statement, devices);
    case 'vmap': {
      const { key, map } = statement;
      if (isSetReference(map)) return statement;
      return { ...statement, map: { elements: normaliseEntries(key, map.elements, devices) } };
    }
    case 'set-mark':
      return { ...statement, value: normaliseSource(statement.value, devices) };
    case 'snat':
    case 'dnat':
      return 'kind' in statement.to
        ? { ...statement, to: normaliseLookup(statement.to, devices) }
        : statement;
    case 'dup':
    case 'fwd':
      return { ...statement, to: deviceNumber(statement.to, devices) };
    case 'limit':
      return normaliseLimit(statement);
    case 'log':
      return normaliseLog(statement);
    default:
      return statement;
  }
};

/** Devices are known by number once a rule is in the kernel. */
const deviceNumber = (to: NftScalar, devices: DeviceNumbers): NftScalar =>
  typeof to === 'string' ? devices(to) || to : to;

const normaliseSource = (value: NftSource, devices: DeviceNumbers): NftSource => {
  if (typeof value === 'number') return value;
  if (!isOperand(value)) return normaliseLookup(value, devices);
  return typeof value === 'object' && value.kind === 'bitwise' ? normaliseBits(value) : value;
};

/** All bits kept and none flipped is no operation. */
const normaliseBits = (bitwise: NftBitwise): NftBitwise | NftBitwise['of'] =>
  Number(bitwise.mask) === 0xffff_ffff && Number(bitwise.xor ?? 0) === 0 ? bitwise.of : bitwise;

const normaliseLookup = (lookup: NftMapLookup, devices: DeviceNumbers): NftMapLookup => {
  const { key, map } = lookup;
  if (isSetReference(map)) return lookup;
  return { ...lookup, map: { elements: normaliseEntries(key, map.elements, devices) } };
};

const DEFAULT_BURST_PACKETS = 5;

const normaliseLimit = (limit: NftLimit): NftLimit => {
  if (limit.burstPackets !== DEFAULT_BURST_PACKETS) return limit;
  const { burstPackets: _, ...rest } = limit;
  return rest;
};

const normaliseLog = (log: NftLog): NftLog => {
  if (log.level !== 'warn') return log;
  const { level: _, ...rest } = log;
  return rest;
};
