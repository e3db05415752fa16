import { formatIp, type Ipv4Prefix, isIpv4Prefix, parseIpv4, parsePrefix } from '@podpath/net';
import { type AddressRange, sizeOf } from './address-range.ts';

/** Ranges as tests write them: `10.0.0.0+256`. */
export const range = (written: string): AddressRange => {
  const [start = '', size = ''] = written.split('+');
  return { start: parseIpv4(start), end: parseIpv4(start) + Number(size) };
};

export const text = (given: AddressRange): string => `${formatIp(given.start)}+${sizeOf(given)}`;

export const prefix = (written: string): Ipv4Prefix => {
  const parsed = parsePrefix(written);
  if (!isIpv4Prefix(parsed)) throw new TypeError(`${written} is no IPv4 prefix`);
  return parsed;
};
