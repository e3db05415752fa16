import type { Ip, Prefix } from '@podpath/net';
import { protocolNumber } from '../netfilter/protocol-names.ts';
import type { IpsetEntry, IpsetProtocol, IpsetType } from '../netfilter/rule.ts';
import type { LineCursor } from './line-cursor.ts';
import { shown } from './parse-error.ts';

/**
 * A member as `ipset save` writes one of this type. `undefined` for one that is well formed but that podpath does not
 * emulate: of ICMP, by type and code. Throws ParseError.
 */
export function readIpsetEntry(cursor: LineCursor, type: IpsetType): IpsetEntry | undefined {
  if (type === 'list:set') return { kind: 'set', name: cursor.take('the name of a set') };
  const parts = cursor.take('a member of the set').split(',');
  const [first = '', second = '', third = ''] = parts;
  const expected = type.slice(type.indexOf(':') + 1).split(',').length;
  if (parts.length !== expected) {
    cursor.failBefore(`${shown(parts.join(','))} is no member of a ${type}`, `${expected} parts`);
  }
  const ip = (text: string): Ip => cursor.addressIn(text, 'an address');
  const net = (text: string): Prefix => cursor.networkIn(text, 'a network');
  switch (type) {
    case 'hash:ip':
      return { kind: 'ip', address: ip(first) };
    case 'hash:net':
      return { kind: 'net', prefix: net(first) };
    case 'hash:net,net':
      return { kind: 'net,net', prefix: net(first), second: net(second) };
    case 'bitmap:port':
      return { kind: 'port', ...portsIn(cursor, first) };
    case 'hash:ip,port': {
      const port = memberPort(cursor, second);
      return port === undefined ? undefined : { kind: 'ip,port', address: ip(first), ...port };
    }
    case 'hash:net,port': {
      const port = memberPort(cursor, second);
      return port === undefined ? undefined : { kind: 'net,port', prefix: net(first), ...port };
    }
    case 'hash:ip,port,ip': {
      const port = memberPort(cursor, second);
      if (port === undefined) return undefined;
      return { kind: 'ip,port,ip', address: ip(first), second: ip(third), ...port };
    }
    case 'hash:ip,port,net': {
      const port = memberPort(cursor, second);
      if (port === undefined) return undefined;
      return { kind: 'ip,port,net', address: ip(first), prefix: net(third), ...port };
    }
  }
}

interface Ports {
  readonly port: number;
  readonly lastPort?: number;
}

const WITH_PORTS = ['tcp', 'udp', 'udplite', 'sctp'] as const;

/** `tcp:80`, or a port alone, which is TCP's. */
function memberPort(
  cursor: LineCursor,
  text: string,
): ({ readonly protocol: IpsetProtocol } & Ports) | undefined {
  const colon = text.indexOf(':');
  const name = colon < 0 ? 'tcp' : text.slice(0, colon);
  if (/^icmp/.test(name)) return undefined;
  const ports = portsIn(cursor, text.slice(colon + 1));
  const known = WITH_PORTS.find((each) => each === name);
  if (known !== undefined) return { protocol: known, ...ports };
  const number = protocolNumber(name);
  if (number < 0) cursor.failBefore(`${shown(name)} is no protocol`, 'a name or a number');
  return { protocol: number, ...ports };
}

function portsIn(cursor: LineCursor, text: string): Ports {
  const [, port, lastPort] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  const numbers = [port, lastPort ?? port].map(Number);
  if (port === undefined || numbers.some((number) => number > 65_535)) {
    cursor.failBefore(`${shown(text)} is no port`, 'a number from 0 to 65535');
  }
  return lastPort === undefined
    ? { port: Number(port) }
    : { port: Number(port), lastPort: Number(lastPort) };
}
