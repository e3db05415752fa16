import { formatIp, formatMac, type IpFamily, type Prefix } from '@podpath/net';
import { protocolName, protocolNumber } from '../protocol-names.ts';
import type { AddressType, Match } from '../rule.ts';
import { formatConnection, formatConnlimit, formatStates } from './connection-text.ts';
import { formatHeaderMatch } from './header-text.ts';
import { hex, quote } from './quote.ts';
import { formatRateMatch } from './rate-text.ts';
import { formatOwner, formatSetCounters, formatU32 } from './socket-text.ts';

const EVERY_BIT = 0xffff_ffff;

const TCP_FLAG_NAMES = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG'] as const;

/**
 * One match in iptables-save's words, and the module that must be loaded for it; `undefined` for a
 * match that is always true and so not printed.
 */
export interface MatchText {
  readonly module: string | undefined;
  readonly options: string;
  /** Among the options of a transport header's module, which are printed in a fixed order. */
  readonly place?: number;
}

/** Naming the module alone comes first, and is nothing to print beside others. */
const HEADER_PLACE = { module: 0, source: 1, destination: 2, flags: 3 } as const;

export const formatMatch = (match: Match, family: IpFamily): MatchText | undefined => {
  const not = 'invert' in match && match.invert === true ? '! ' : '';
  switch (match.kind) {
    case 'source':
      return prefixOption('-s', not, match.prefix);
    case 'destination':
      return prefixOption('-d', not, match.prefix);
    case 'in-interface':
      return interfaceOption('-i', not, match.name);
    case 'out-interface':
      return interfaceOption('-o', not, match.name);
    case 'protocol': {
      const number = protocolNumber(match.protocol);
      return number === 0 ? undefined : option(`${not}-p ${protocolName(number)}`);
    }
    case 'fragment':
      return option(`${not}-f`);
    case 'port':
      return formatPort(match);
    case 'protocol-module':
      return header(match.protocol, 'module', '');
    case 'tcp-flags':
      return header(
        'tcp',
        'flags',
        `${not}--tcp-flags ${formatFlags(match.mask)} ${formatFlags(match.compare)}`,
      );
    case 'multiport': {
      const ranges = match.ranges.map(formatRange).join(',');
      return of('multiport', `${not}${MULTIPORT_OPTION[match.side]} ${ranges}`);
    }
    case 'icmp': {
      const code = match.code === undefined ? '' : `/${match.code}`;
      if (match.version === 4 && match.type === 255) return of('icmp', `${not}--icmp-type any`);
      return match.version === 4
        ? of('icmp', `${not}--icmp-type ${match.type}${code}`)
        : of('icmp6', `${not}--icmpv6-type ${match.type}${code}`);
    }
    case 'mark':
    case 'connmark':
      return of(match.kind, `${not}--mark ${formatMark(match)}`);
    case 'conntrack': {
      const states = formatStates(match.states);
      return match.module === 'state'
        ? of('state', `${not}--state ${states}`)
        : of('conntrack', `${not}--ctstate ${states}`);
    }
    case 'connection':
      return of('conntrack', formatConnection(match));
    case 'connlimit':
      return of('connlimit', formatConnlimit(match));
    case 'set':
      return of(
        'set',
        `${not}--match-set ${match.set} ${match.directions.join(',')}${formatSetCounters(match.counters)}`,
      );
    case 'address-type':
      return of('addrtype', formatAddressType(match));
    case 'limit':
    case 'hashlimit':
    case 'statistic':
    case 'recent':
      return of(match.kind, formatRateMatch(match, family));
    case 'length':
    case 'ttl':
    case 'tos':
    case 'dscp':
    case 'ip-range':
    case 'spi': {
      const { module, options } = formatHeaderMatch(match, family);
      return of(module, options);
    }
    case 'mac':
      return of('mac', `${not}--mac-source ${formatMac(match.mac)}`);
    case 'packet-type':
      return of('pkttype', `${not}--pkt-type ${match.type}`);
    case 'policy':
      return of('policy', `--dir ${match.direction} --pol ${match.policy}`);
    case 'physdev':
      return of('physdev', formatPhysdev(match));
    case 'rpfilter': {
      const flags = [
        match.loose === true ? '--loose' : '',
        match.validMark === true ? '--validmark' : '',
        match.invert === true ? '--invert' : '',
      ];
      return of('rpfilter', flags.filter((flag) => flag !== '').join(' '));
    }
    case 'owner':
      return of('owner', formatOwner(match));
    case 'u32':
      return of('u32', `${not}--u32 "${match.tests.map(formatU32).join('&&')}"`);
    case 'nfacct':
      return of('nfacct', `--nfacct-name ${match.name}`);
    case 'comment':
      return of('comment', `--comment ${quote(match.text)}`);
    case 'opaque':
      return of(match.module, match.options);
  }
};

const of = (module: string, options: string): MatchText => ({ module, options });
const header = (module: string, place: keyof typeof HEADER_PLACE, options: string): MatchText => ({
  module,
  options,
  place: HEADER_PLACE[place],
});
const option = (options: string): MatchText => ({ module: undefined, options });

const LAST_PORT = 65_535;

/**
 * Ports of TCP and UDP are kept in nftables' own words, and come back changed: a range that excludes the first ports
 * includes the rest, and a range of all ports is none.
 */
const formatPort = ({
  protocol,
  side,
  first,
  last,
  invert = false,
}: Extract<Match, { readonly kind: 'port' }>): MatchText | undefined => {
  const name = side === 'source' ? '--sport' : '--dport';
  if (protocol !== 'sctp' && first === 0) {
    if (last === LAST_PORT) return invert ? undefined : header(protocol, 'module', '');
    if (invert && last > 0) {
      return header(protocol, side, `${name} ${formatRange({ first: last + 1, last: LAST_PORT })}`);
    }
  }
  return header(protocol, side, `${invert ? '! ' : ''}${name} ${formatRange({ first, last })}`);
};

const MULTIPORT_OPTION = {
  source: '--sports',
  destination: '--dports',
  either: '--ports',
} as const;

const prefixOption = (name: string, not: string, prefix: Prefix): MatchText | undefined =>
  prefix.length === 0
    ? undefined
    : option(`${not}${name} ${formatIp(prefix.address)}/${prefix.length}`);

const interfaceOption = (name: string, not: string, device: string): MatchText | undefined =>
  device === '+' && not === '' ? undefined : option(`${not}${name} ${device}`);

const formatRange = ({ first, last }: { readonly first: number; readonly last: number }): string =>
  first === last ? String(first) : `${first}:${last}`;

const formatMark = ({ value, mask }: { readonly value: number; readonly mask: number }): string =>
  mask >>> 0 === EVERY_BIT ? hex(value) : `${hex(value)}/${hex(mask)}`;

const formatFlags = (flags: number): string => {
  const names = TCP_FLAG_NAMES.filter((_, bit) => (flags & (1 << bit)) !== 0);
  return names.length === 0 ? 'NONE' : names.join(',');
};

const formatAddressType = ({
  source,
  destination,
  limitInterface,
}: Extract<Match, { readonly kind: 'address-type' }>): string => {
  const parts: string[] = [];
  if (source !== undefined) {
    parts.push(`${source.invert ? '! ' : ''}--src-type ${formatTypes(source.type)}`);
  }
  if (destination !== undefined) {
    parts.push(`${destination.invert ? '! ' : ''}--dst-type ${formatTypes(destination.type)}`);
  }
  if (limitInterface !== undefined) parts.push(`--limit-iface-${limitInterface}`);
  return parts.join(' ');
};

/** The order in which address types are printed. */
const TYPE_ORDER: readonly AddressType[] = [
  'UNSPEC',
  'UNICAST',
  'LOCAL',
  'BROADCAST',
  'ANYCAST',
  'MULTICAST',
  'BLACKHOLE',
  'UNREACHABLE',
  'PROHIBIT',
];

const formatTypes = (type: AddressType | readonly AddressType[]): string =>
  typeof type === 'string' ? type : TYPE_ORDER.filter((each) => type.includes(each)).join(',');

const formatPhysdev = (match: Extract<Match, { readonly kind: 'physdev' }>): string => {
  const parts: string[] = [];
  if (match.isIn === true) parts.push('--physdev-is-in');
  if (match.in !== undefined) parts.push(`${match.invertIn ? '! ' : ''}--physdev-in ${match.in}`);
  if (match.isOut === true) parts.push('--physdev-is-out');
  if (match.out !== undefined) {
    parts.push(`${match.invertOut ? '! ' : ''}--physdev-out ${match.out}`);
  }
  if (match.isBridged === true) parts.push('--physdev-is-bridged');
  return parts.join(' ');
};
