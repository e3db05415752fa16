import type { Ipv4, Ipv6 } from '@podpath/net';
import type { LinkAdd } from '../commands.ts';
import type { LineCursor } from './line-cursor.ts';
import { shown } from './parse-error.ts';

type Common = 'kind' | 'name' | 'type' | 'mac' | 'mtuBytes';
type Own<T extends LinkAdd['type']> = Omit<Extract<LinkAdd, { type: T }>, Common>;
type Settings<T extends LinkAdd['type']> = { -readonly [key in keyof Own<T>]: Own<T>[key] };

const MAX_BYTE = 255;
const MAX_LABEL = 0xf_ffff;
const IPV4_WORDS = [
  'local',
  'remote',
  'dev',
  'ttl',
  'tos',
  'pmtudisc',
  'nopmtudisc',
  'fwmark',
] as const;
const IPV6_WORDS = [
  'mode',
  'local',
  'remote',
  'dev',
  'encaplimit',
  'hoplimit',
  'ttl',
  'tclass',
  'tos',
  'flowlabel',
  'dscp',
  'allow-localremote',
  'noallow-localremote',
  'fwmark',
] as const;

/** What a tunnel of IPv4 in IPv4 is made with. */
export function readIpip(cursor: LineCursor): Settings<'ipip'> {
  const settings: Settings<'ipip'> = {};
  while (!cursor.atEnd) {
    if (cursor.skip('mode')) settings.mode = cursor.choice('mode', ['ipip', 'any']);
    else readIpv4Setting(cursor, settings);
  }
  return settings;
}

/** What a tunnel of IPv6 in IPv4 is made with. */
export function readSit(cursor: LineCursor): Settings<'sit'> {
  const settings: Settings<'sit'> = {};
  while (!cursor.atEnd) {
    if (cursor.skip('mode')) settings.mode = cursor.choice('mode', ['ip6ip', 'ipip', 'any']);
    else readIpv4Setting(cursor, settings);
  }
  return settings;
}

function readIpv4Setting(cursor: LineCursor, settings: Omit<Settings<'ipip'>, 'mode'>): void {
  const word = cursor.choice('setting', IPV4_WORDS);
  switch (word) {
    case 'local':
    case 'remote':
      settings[word] = readIpv4(cursor);
      break;
    case 'dev':
      settings.dev = cursor.take('a device');
      break;
    case 'ttl':
      settings.ttl = cursor.skip('inherit') ? 0 : cursor.integer('ttl', 0, MAX_BYTE);
      break;
    case 'tos':
      settings.tos = readHex(cursor, 'tos', MAX_BYTE);
      break;
    case 'fwmark':
      settings.fwmark = cursor.word32('mark');
      break;
    default:
      settings.pathMtuDiscovery = word === 'pmtudisc';
  }
}

/** What a tunnel through IPv6 is made with. */
export function readIp6tnl(cursor: LineCursor): Settings<'ip6tnl'> {
  const settings: Settings<'ip6tnl'> = {};
  while (!cursor.atEnd) {
    const word = cursor.choice('setting', IPV6_WORDS);
    switch (word) {
      case 'mode':
        settings.mode = cursor.choice('mode', ['ip6ip6', 'ipip6', 'any']);
        break;
      case 'local':
      case 'remote':
        settings[word] = readIpv6(cursor);
        break;
      case 'dev':
        settings.dev = cursor.take('a device');
        break;
      case 'encaplimit':
        settings.encapLimit = cursor.skip('none') ? 'none' : cursor.integer('limit', 0, MAX_BYTE);
        break;
      case 'hoplimit':
      case 'ttl':
        settings.hopLimit = cursor.skip('inherit') ? 0 : cursor.integer('limit', 0, MAX_BYTE);
        break;
      case 'tclass':
      case 'tos':
        settings.trafficClass = readHex(cursor, 'traffic class', MAX_BYTE);
        break;
      case 'flowlabel':
        settings.flowLabel = readHex(cursor, 'flow label', MAX_LABEL);
        break;
      case 'dscp':
        cursor.choice('source of the DSCP', ['inherit']);
        settings.copyDscp = true;
        break;
      case 'fwmark':
        settings.fwmark = cursor.skip('inherit') ? 'inherit' : cursor.word32('mark');
        break;
      default:
        settings.allowLocalRemote = word === 'allow-localremote';
    }
  }
  return settings;
}

/** `inherit`, or hexadecimal with or without `0x`. */
export function readHex(cursor: LineCursor, what: string, most: number): number | 'inherit' {
  if (cursor.skip('inherit')) return 'inherit';
  const text = cursor.take(what);
  const value = /^(0x)?[0-9a-f]{1,8}$/i.test(text) ? Number.parseInt(text, 16) : Number.NaN;
  if (value <= most) return value;
  return cursor.failBefore(
    `${shown(text)} is no ${what}`,
    `inherit, or hexadecimal digits up to 0x${most.toString(16)}`,
  );
}

function readIpv4(cursor: LineCursor): Ipv4 {
  const address = cursor.ip('an IPv4 address');
  if (typeof address === 'number') return address;
  return cursor.failBefore('an IPv6 address', 'an IPv4 address');
}

function readIpv6(cursor: LineCursor): Ipv6 {
  const address = cursor.ip('an IPv6 address');
  if (typeof address === 'bigint') return address;
  return cursor.failBefore('an IPv4 address', 'an IPv6 address');
}
