import { formatIp, formatMac } from '@podpath/net';
import { datatypeInfo, type NftDatatype } from '../model/datatype.ts';
import { nameOf } from '../model/symbols.ts';
import {
  isPrefix,
  isRange,
  type NftKey,
  type NftScalar,
  type NftValue,
  placesOf,
} from '../model/value.ts';

/** Names of devices by number, for `iif` and `oif`. */
export type DeviceNames = (index: number) => string | undefined;

export const NO_DEVICE_NAMES: DeviceNames = () => undefined;

/** A value as nft prints it. `names` off: numbers, as at the ends of ranges. */
export const formatScalar = (
  type: NftDatatype,
  value: NftScalar,
  devices: DeviceNames,
  names = true,
): string => {
  if (typeof value === 'bigint') return formatIp(value);
  if (typeof value === 'string') return `"${value}"`;
  switch (type) {
    case 'ipv4_addr':
      return formatIp(value);
    case 'ether_addr':
      return formatMac(value);
    case 'mark':
      return hex(value, 8);
    case 'iface_index': {
      const name = devices(value);
      return name === undefined ? String(value) : `"${name}"`;
    }
    case 'ct_state':
    case 'ct_status':
    case 'tcp_flag':
      return formatBits(type, value, ' | ');
    case 'dscp':
      return (names ? nameOf(type, value) : undefined) ?? hex(value, 2);
    case 'ether_type':
      return (names ? nameOf(type, value) : undefined) ?? hex(value, 4);
    default:
      return (names ? nameOf(type, value) : undefined) ?? String(value);
  }
};

/** The bits of a mask by name, from the lowest. */
export const formatBits = (type: NftDatatype, mask: number, separator: string): string => {
  if (mask === 0) return '0x0';
  const parts: string[] = [];
  for (let bit = 1, rest = mask; rest > 0; bit *= 2, rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) parts.push(nameOf(type, bit) ?? `0x${bit.toString(16)}`);
  }
  return parts.join(separator);
};

const hex = (value: number, digits: number): string =>
  `0x${value.toString(16).padStart(digits, '0')}`;

export const formatValue = (type: NftDatatype, value: NftValue, devices: DeviceNames): string => {
  if (isRange(value)) {
    const end = (scalar: NftScalar): string => formatScalar(type, scalar, devices, false);
    return `${end(value.first)}-${end(value.last)}`;
  }
  if (!isPrefix(value)) return formatScalar(type, value, devices);
  const address = formatScalar(type, value.address, devices);
  return value.length === datatypeInfo(type).bits ? address : `${address}/${value.length}`;
};

export const formatKey = (
  types: readonly NftDatatype[],
  key: NftKey,
  devices: DeviceNames,
): string =>
  placesOf(key)
    .map((value, index) => formatValue(types[index] ?? 'integer32', value, devices))
    .join(' . ');
