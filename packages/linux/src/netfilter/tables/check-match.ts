import { familyOf, type IpFamily, IpProtocol } from '@podpath/net';
import type { IpsetStore } from '../ipset/ipset-store.ts';
import { protocolNumber } from '../protocol-names.ts';
import { invalid, type Refusal } from '../refusal.ts';
import type { AddressType, Match, PortRange } from '../rule.ts';
import { checkConnection, checkConnlimit } from './check-connection.ts';
import { checkHeaderMatch } from './check-header.ts';
import { checkRateMatch } from './check-rate.ts';
import { checkOwner, checkU32 } from './check-socket.ts';
import { checkPorts, needsProtocol, type RulePlace, wrongFamily } from './rule-place.ts';

const MOST_PORTS = 15;
const MOST_DIRECTIONS = 6;
const MULTIPORT_PROTOCOLS: ReadonlySet<number> = new Set([
  IpProtocol.TCP,
  IpProtocol.UDP,
  IpProtocol.SCTP,
  33,
  136,
]);

/** What is wrong with one match; `protocol` is the one that the rule is limited to. */
export const checkMatch = (
  match: Match,
  protocol: number | undefined,
  place: RulePlace,
  sets: IpsetStore,
): Refusal | undefined => {
  const { family, table, builtin } = place;
  switch (match.kind) {
    case 'source':
    case 'destination':
      if (familyOf(match.prefix.address) !== family) return invalid(wrongFamily(family));
      if (match.prefix.length === 0 && match.invert === true) {
        return invalid('a rule cannot exclude every address');
      }
      return undefined;
    case 'in-interface':
      return builtin === 'OUTPUT' || builtin === 'POSTROUTING'
        ? invalid(`can't use -i with ${builtin}`)
        : checkInterface(match.name);
    case 'out-interface':
      return builtin === 'PREROUTING' || builtin === 'INPUT'
        ? invalid(`can't use -o with ${builtin}`)
        : checkInterface(match.name);
    case 'protocol': {
      const number = protocolNumber(match.protocol);
      if (number < 0) return invalid(`unknown protocol "${match.protocol}" specified`);
      return number === 0 && match.invert === true
        ? invalid('rule would never match protocol')
        : undefined;
    }
    case 'fragment':
      return family === 4 ? undefined : invalid("`-f' is not supported in IPv6");
    case 'port':
      return checkPorts([match]) ?? needsProtocol(match.protocol, protocol);
    case 'protocol-module':
      return needsProtocol(match.protocol, protocol);
    case 'tcp-flags':
      return needsProtocol('tcp', protocol);
    case 'multiport':
      if (protocol === undefined || !MULTIPORT_PROTOCOLS.has(protocol)) {
        return invalid("multiport needs `-p tcp', `-p udp', `-p udplite', `-p sctp' or `-p dccp'");
      }
      if (match.ranges.length === 0) return invalid('multiport expects ports');
      return slots(match.ranges) > MOST_PORTS
        ? invalid('too many ports specified')
        : checkPorts(match.ranges);
    case 'icmp':
      return match.version !== family
        ? invalid(`icmp match of version ${match.version} in a rule of family ${family}`)
        : needsProtocol(family === 4 ? 'icmp' : 'ipv6-icmp', protocol);
    case 'set':
      return checkSet(match, family, sets);
    case 'address-type':
      return checkAddressType(match, family);
    case 'rpfilter':
      return table === 'raw' || table === 'mangle'
        ? undefined
        : invalid("rpfilter is only valid in the 'raw' or 'mangle' table");
    case 'connection':
      return checkConnection(match, family);
    case 'connlimit':
      return checkConnlimit(match, family);
    case 'limit':
    case 'hashlimit':
    case 'statistic':
    case 'recent':
      return checkRateMatch(match, family);
    case 'length':
    case 'ttl':
    case 'tos':
    case 'dscp':
    case 'ip-range':
    case 'spi':
      return checkHeaderMatch(match, protocol, family);
    case 'owner':
      return checkOwner(match);
    case 'u32':
      return checkU32(match.tests);
    case 'mark':
    case 'connmark':
    case 'conntrack':
    case 'nfacct':
    case 'physdev':
    case 'mac':
    case 'packet-type':
    case 'policy':
    case 'comment':
    case 'opaque':
      return undefined;
  }
};

/** That a set exists, is of the family, and that there is a direction for what it looks at. */
export const checkSet = (
  { set, directions }: { readonly set: string; readonly directions: readonly string[] },
  family: IpFamily,
  sets: IpsetStore,
): Refusal | undefined => {
  const slot = sets.get(set);
  if (slot === undefined) return { code: 'ENOENT', why: `set ${set} doesn't exist` };
  if (directions.length === 0 || directions.length > MOST_DIRECTIONS) {
    return invalid(`a set match has 1 to ${MOST_DIRECTIONS} src/dst options`);
  }
  const setFamily = slot.set.family;
  return setFamily === undefined || setFamily === family
    ? undefined
    : invalid(`the protocol family of set ${set} is IPv${setFamily}, which is not applicable`);
};

/** Address types that xt_addrtype refuses in ip6tables. */
const NOT_IN_IPV6: ReadonlySet<AddressType> = new Set(['BROADCAST', 'BLACKHOLE', 'PROHIBIT']);

const checkAddressType = (
  { source, destination }: Extract<Match, { readonly kind: 'address-type' }>,
  family: IpFamily,
): Refusal | undefined => {
  if (source === undefined && destination === undefined) {
    return invalid('addrtype: you must specify --src-type or --dst-type');
  }
  if (family === 4) return undefined;
  const types = [source, destination].flatMap((side) => side?.type ?? []);
  const bad = types.find((type) => NOT_IN_IPV6.has(type));
  return bad === undefined ? undefined : invalid(`IPv6 has no matching of address type ${bad}`);
};

const checkInterface = (name: string): Refusal | undefined =>
  name.length >= 1 && name.length <= 15
    ? undefined
    : invalid(`interface name "${name}" must have 1 to 15 characters`);

/** A range takes two of the places that multiport has. */
const slots = (ranges: readonly PortRange[]): number =>
  ranges.reduce((sum, { first, last }) => sum + (first === last ? 1 : 2), 0);
