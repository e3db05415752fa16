import { type Ip, type IpFamily, ipv6Words, type Prefix } from '@podpath/net';
import { swapped } from '../jenkins-hash.ts';
import type { IpsetEntry, IpsetProtocol } from '../rule.ts';
import { protocolNumberOf } from './packet-port.ts';

/** As many words as the longest element has. */
export const MOST_WORDS = 9;

/**
 * A member as the kernel lays it out in memory, for its hash: returns how many words it is. The lengths of
 * prefixes are kept less one where they share a byte with a flag, so that 128 fits.
 */
export const elementWords = (entry: IpsetEntry, family: IpFamily, into: Uint32Array): number => {
  switch (entry.kind) {
    case 'ip':
      return address(entry.address, into, 0);
    case 'net':
      return last(into, address(entry.prefix.address, into, 0), entry.prefix.length << 24);
    case 'ip,port':
      return last(into, address(entry.address, into, 0), portWord(entry, 0));
    case 'net,port':
      return last(into, address(entry.prefix.address, into, 0), portWord(entry, lengthOf(entry)));
    case 'ip,port,ip':
      return last(
        into,
        address(entry.second, into, address(entry.address, into, 0)),
        portWord(entry, 0),
      );
    case 'ip,port,net': {
      const at = address(entry.prefix.address, into, address(entry.address, into, 0));
      const { protocol, port } = entry;
      return last(
        into,
        at,
        swappedPort(port) | (lengthOf(entry) << 16) | (protocolNumberOf(protocol) << 24),
      );
    }
    case 'net,net': {
      const at = address(entry.second.address, into, address(entry.prefix.address, into, 0));
      return last(into, at, (entry.prefix.length << 16) | (entry.second.length << 24));
    }
    default:
      throw new RangeError(`an entry of kind ${entry.kind} is in no hash (IPv${family})`);
  }
};

const address = (ip: Ip, into: Uint32Array, at: number): number => {
  if (typeof ip === 'number') {
    into[at] = swapped(ip);
    return at + 1;
  }
  for (const [index, word] of ipv6Words(ip).entries()) into[at + index] = swapped(word);
  return at + 4;
};

const last = (into: Uint32Array, at: number, word: number): number => {
  into[at] = word;
  return at + 1;
};

const portWord = (
  { protocol, port }: { readonly protocol: IpsetProtocol; readonly port: number },
  fourth: number,
): number => swappedPort(port) | (protocolNumberOf(protocol) << 16) | (fourth << 24);

const swappedPort = (port: number): number => (port >>> 8) | ((port & 0xff) << 8);

const lengthOf = ({ prefix }: { readonly prefix: Prefix }): number => prefix.length - 1;
