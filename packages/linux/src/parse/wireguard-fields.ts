import {
  AddressError,
  type Ip,
  type Prefix,
  parsePrefixLoose,
  prefixOf,
  tryParseIp,
} from '@podpath/net';
import { isKey } from '../devices/wireguard/key.ts';
import type { WireguardKey } from '../wireguard-commands.ts';
import { ParseError, type Place, shown } from './parse-error.ts';

const MAX_PORT = 65_535;
const MAX_MARK = 0xffff_ffff;

export function readKey(text: string, place: Place): WireguardKey {
  if (isKey(text)) return text;
  throw new ParseError(place, 'no key', '32 bytes in base64, 44 characters that end in =');
}

export const readPort = (text: string, place: Place): number =>
  readNumber(text, place, 'port', MAX_PORT);

/** Seconds between keepalives; `off` for none. */
export const readKeepalive = (text: string, place: Place): number | undefined => {
  const seconds = text === 'off' ? 0 : readNumber(text, place, 'time in seconds', MAX_PORT);
  return seconds === 0 ? undefined : seconds;
};

/** `off` for none. */
export const readMark = (text: string, place: Place): number =>
  text === 'off' ? 0 : readNumber(text, place, 'mark', MAX_MARK);

function readNumber(text: string, place: Place, what: string, most: number): number {
  const value = /^(0x[0-9a-f]{1,8}|\d{1,10})$/i.test(text) ? Number(text) : Number.NaN;
  if (value <= most) return value;
  throw new ParseError(place, `${shown(text)} is no ${what}`, `a number from 0 to ${most}`);
}

export function readEnd(
  text: string,
  place: Place,
): { readonly address: Ip; readonly port: number } {
  const [, inBrackets, plain, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const address = tryParseIp(inBrackets ?? plain ?? '');
  if (address === undefined || port === undefined) {
    throw new ParseError(
      place,
      `${shown(text)} is no endpoint that is supported`,
      'ADDRESS:PORT, an address of IPv6 in brackets',
    );
  }
  return { address, port: readPort(port, place) };
}

/** Separated by commas; an address stands for itself alone, host bits do not count. */
export function readPrefixes(text: string, place: Place): readonly Prefix[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => readPrefix(part, place));
}

function readPrefix(text: string, place: Place): Prefix {
  const address = tryParseIp(text);
  if (address !== undefined) return { address, length: typeof address === 'number' ? 32 : 128 };
  try {
    const { address: written, length } = parsePrefixLoose(text);
    return prefixOf(written, length);
  } catch (error) {
    if (!(error instanceof AddressError)) throw error;
    throw new ParseError(place, `${shown(text)} ${error.reason}`, error.expected);
  }
}
