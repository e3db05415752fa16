import { familyOf } from '@podpath/net';
import { datatypeInfo, type NftDatatype } from '../model/datatype.ts';
import { isPrefix, isRange, type NftScalar, type NftValue } from '../model/value.ts';

const LONGEST_NAME = 15;
/** Types of which nft reads no ranges. */
const WITHOUT_RANGES: ReadonlySet<NftDatatype> = new Set([
  'dscp',
  'ct_state',
  'ct_status',
  'tcp_flag',
  'fib_addrtype',
  'ifname',
  'boolean',
]);

/** What is wrong with a value of a type; `undefined` when nothing is. */
export const valueFault = (type: NftDatatype, value: NftValue): string | undefined => {
  if (isPrefix(value)) return prefixFault(type, value);
  if (!isRange(value)) return scalarFault(type, value);
  if (WITHOUT_RANGES.has(type)) return `there are no ranges of ${type}`;
  const fault = scalarFault(type, value.first) ?? scalarFault(type, value.last);
  if (fault !== undefined) return fault;
  return value.first > value.last ? 'Range has zero or negative size' : undefined;
};

const scalarFault = (type: NftDatatype, value: NftScalar): string | undefined => {
  switch (type) {
    case 'ipv6_addr':
      return typeof value === 'bigint' ? undefined : mismatch(type, value);
    case 'ifname':
      return typeof value === 'string' ? nameFault(value) : mismatch(type, value);
    case 'iface_index':
      // Names of devices that are there have become numbers.
      if (typeof value === 'string') return 'Interface does not exist';
      return numberFault(type, value);
    default:
      return numberFault(type, value);
  }
};

const numberFault = (type: NftDatatype, value: NftScalar): string | undefined => {
  if (typeof value !== 'number') return mismatch(type, value);
  const most = 2 ** datatypeInfo(type).bits - 1;
  return Number.isInteger(value) && value >= 0 && value <= most
    ? undefined
    : `Value ${value} exceeds valid range 0-${most}`;
};

const nameFault = (name: string): string | undefined => {
  if (name === '') return 'Empty string is not allowed';
  if (name === '*') return 'All-wildcard strings are not supported';
  return name.length > LONGEST_NAME ? 'String exceeds maximum length of 16' : undefined;
};

const prefixFault = (
  type: NftDatatype,
  { address, length }: { readonly address: number | bigint; readonly length: number },
): string | undefined => {
  const { bits, hasPrefixes } = datatypeInfo(type);
  if (hasPrefixes !== true) return `there are no prefixes of ${type}`;
  const fault = scalarFault(type, address);
  if (fault !== undefined) return fault;
  if (!Number.isInteger(length) || length < 0 || length > bits) {
    return `Prefix length ${length} is invalid for type of ${bits} bits width`;
  }
  return undefined;
};

const mismatch = (type: NftDatatype, value: NftScalar): string =>
  `datatype mismatch, expected ${type}, got ${describe(value)}`;

const describe = (value: NftScalar): string => {
  if (typeof value === 'string') return `"${value}"`;
  return typeof value === 'bigint' ? `an IPv${familyOf(value)} address` : String(value);
};
