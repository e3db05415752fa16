import { IpProtocol } from '@podpath/net';
import type { PacketView } from '../packet-view.ts';
import { protocolNumber } from '../protocol-names.ts';
import type { Match } from '../rule.ts';
import { inverted, type MatchFunction } from './match-function.ts';

type MatchOf<K extends Match['kind']> = Extract<Match, { readonly kind: K }>;

/** `-p`. */
export const matchProtocol = (match: MatchOf<'protocol'>): MatchFunction => {
  const number = protocolNumber(match.protocol);
  // `-p all` is no test at all.
  if (number === 0) return () => true;
  return inverted((view) => view.protocol === number, match.invert);
};

const LAST_PORT = 65_535;

/**
 * `--sport` and `--dport`. A fragment without ports fails, inverted or not (net/netfilter/xt_tcpudp.c); for TCP and UDP
 * iptables leaves it to nf_tables, which reads others instead.
 */
export const matchPort = (match: MatchOf<'port'>): MatchFunction => {
  const protocol = protocolNumber(match.protocol);
  const { first, last } = match;
  const invert = match.invert === true;
  if (invert && first === 0 && last === LAST_PORT && match.protocol !== 'sctp') {
    // Neither in the range of all nor out of it: iptables makes no test of it.
    return (view) => view.protocol === protocol;
  }
  const portOf = portReader(match);
  return (view) => {
    const port = portOf(view);
    return view.protocol === protocol && port >= 0 && (port >= first && port <= last) !== invert;
  };
};

const portReader = ({ protocol, side }: MatchOf<'port'>): ((view: PacketView) => number) => {
  if (protocol === 'sctp')
    return side === 'source' ? (view) => view.srcPort : (view) => view.dstPort;
  return side === 'source' ? (view) => view.readSrcPort : (view) => view.readDstPort;
};

/** `-m tcp --tcp-flags`. */
export const matchTcpFlags = ({ mask, compare, invert }: MatchOf<'tcp-flags'>): MatchFunction => {
  const negate = invert === true;
  return (view) => view.tcpFlags >= 0 && ((view.tcpFlags & mask) === compare) !== negate;
};

/** `-m tcp` that names nothing still reads the header: a fragment without one fails. */
export const matchProtocolModule = (match: MatchOf<'protocol-module'>): MatchFunction => {
  const protocol = protocolNumber(match.protocol);
  return (view) => view.protocol === protocol && view.srcPort >= 0;
};

/** `-m multiport`. */
export const matchMultiport = (match: MatchOf<'multiport'>): MatchFunction => {
  const ranges = Uint16Array.from(match.ranges.flatMap(({ first, last }) => [first, last]));
  const listed = (port: number): boolean => {
    for (let i = 0; i < ranges.length; i += 2) {
      if (port >= (ranges[i] ?? 0) && port <= (ranges[i + 1] ?? 0)) return true;
    }
    return false;
  };
  const invert = match.invert === true;
  switch (match.side) {
    case 'source':
      return (view) => view.srcPort >= 0 && listed(view.srcPort) !== invert;
    case 'destination':
      return (view) => view.dstPort >= 0 && listed(view.dstPort) !== invert;
    case 'either':
      return (view) =>
        view.srcPort >= 0 && (listed(view.srcPort) || listed(view.dstPort)) !== invert;
  }
};

/** What iptables calls any type, of IPv4 only. */
const ANY_TYPE = 255;

/** `--icmp-type` and `--icmpv6-type`; without a code every code of the type matches. */
export const matchIcmp = ({ version, type, code, invert }: MatchOf<'icmp'>): MatchFunction => {
  const protocol = version === 4 ? IpProtocol.ICMP : IpProtocol.ICMPV6;
  const negate = invert === true;
  const any = version === 4 && type === ANY_TYPE;
  return (view) =>
    view.protocol === protocol &&
    view.icmpType >= 0 &&
    (any || (view.icmpType === type && (code === undefined || view.icmpCode === code))) !== negate;
};
