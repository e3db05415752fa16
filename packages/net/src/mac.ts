import { AddressError } from './address-error.ts';

/** A MAC address: an unsigned 48-bit integer (exact in a JavaScript number). */
export type Mac = number;

export const BROADCAST_MAC: Mac = 0xffff_ffff_ffff;

/** Reads six pairs of hexadecimal digits between colons, either case. Throws `AddressError`. */
export const parseMac = (text: string): Mac => {
  if (!/^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$/.test(text)) {
    throw new AddressError(
      text,
      'is no MAC address',
      'six pairs of hexadecimal digits such as 02:00:5e:10:00:01',
    );
  }
  return Number.parseInt(text.replaceAll(':', ''), 16);
};

/** Lower case, with colons. */
export const formatMac = (mac: Mac): string =>
  mac
    .toString(16)
    .padStart(12, '0')
    .replace(/..(?!$)/g, '$&:');

/** Whether a frame to this address goes to a group (broadcast included). */
export const isMulticastMac = (mac: Mac): boolean => Math.floor(mac / 2 ** 40) % 2 === 1;
