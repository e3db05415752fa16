import { familyOf, type Ip, type IpFamily, IpProtocol } from '@podpath/net';
import type { IpsetStore } from '../ipset/ipset-store.ts';
import { protocolNumber } from '../protocol-names.ts';
import { invalid, type Refusal } from '../refusal.ts';
import type { AddressType, Match, Rule, TableName, Target } from '../rule.ts';

const MOST_PORTS = 15;
const MOST_DIRECTIONS = 6;
const MULTIPORT_PROTOCOLS: ReadonlySet<number> = new Set([
  IpProtocol.TCP,
  IpProtocol.UDP,
  IpProtocol.SCTP,
  33,
  136,
]);

/** Where a rule is about to go. */
export interface RulePlace {
  readonly family: IpFamily;
  readonly table: TableName;
  /** Name of the chain if it is a built-in one. */
  readonly builtin: string | undefined;
}

/** What iptables and the kernel's checks of matches and targets hold against a rule, apart from its hooks. */
export const checkRule = (rule: Rule, place: RulePlace, sets: IpsetStore): Refusal | undefined => {
  const protocol = protocolOf(rule);
  const once = new Set<string>();
  for (const match of rule.matches) {
    if (ONCE.has(match.kind)) {
      if (once.has(match.kind)) return invalid(`more than one ${match.kind} match`);
      once.add(match.kind);
    }
    const refusal = checkMatch(match, protocol, place, sets);
    if (refusal !== undefined) return refusal;
  }
  return rule.target === undefined ? undefined : checkTarget(rule.target, protocol, place);
};

/** Address types that xt_addrtype refuses in ip6tables. */
const NOT_IN_IPV6: ReadonlySet<AddressType> = new Set(['BROADCAST', 'BLACKHOLE', 'PROHIBIT']);

/** Matches that are options of iptables itself, which may be given once. */
const ONCE: ReadonlySet<Match['kind']> = new Set([
  'source',
  'destination',
  'in-interface',
  'out-interface',
  'protocol',
]);

/** The protocol that a rule is limited to; `undefined` when it is open or inverted. */
const protocolOf = ({ matches }: Rule): number | undefined => {
  for (const match of matches) {
    if (match.kind === 'protocol' && match.invert !== true) return protocolNumber(match.protocol);
  }
  return undefined;
};

const checkMatch = (
  match: Match,
  protocol: number | undefined,
  { family, table, builtin }: RulePlace,
  sets: IpsetStore,
): Refusal | undefined => {
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
    case 'address-type': {
      const types = [match.source?.type, match.destination?.type];
      const bad = types.find((type) => type !== undefined && NOT_IN_IPV6.has(type));
      return family === 6 && bad !== undefined
        ? invalid(`IPv6 has no matching of address type ${bad}`)
        : undefined;
    }
    case 'statistic':
      return match.threshold < 0 || match.threshold > 0x8000_0000
        ? invalid('the threshold must be from 0 to 2^31')
        : undefined;
    case 'rpfilter':
      return table === 'raw' || table === 'mangle'
        ? undefined
        : invalid("rpfilter is only valid in the 'raw' or 'mangle' table");
    default:
      return undefined;
  }
};

const checkSet = (
  { set, directions }: Extract<Match, { readonly kind: 'set' }>,
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

const checkTarget = (
  target: Target,
  protocol: number | undefined,
  { family, table }: RulePlace,
): Refusal | undefined => {
  const needs = TABLE_OF_TARGET[target.kind];
  if (needs !== undefined && needs !== table) {
    return invalid(`target ${target.kind} is only valid in the ${needs} table`);
  }
  switch (target.kind) {
    case 'drop':
      return table === 'nat'
        ? invalid(
            'the "nat" table is not intended for filtering, the use of DROP is therefore inhibited',
          )
        : undefined;
    case 'reject':
      if (target.with === 'tcp-reset') return needsProtocol('tcp', protocol);
      return target.with.startsWith('icmp6-') === (family === 6)
        ? undefined
        : invalid(`unknown reject type "${target.with}"`);
    case 'dnat':
      return checkNat(target.address, family, target.port, protocol);
    case 'snat':
      return checkNat(target.address, family, target.ports?.first, protocol);
    case 'masquerade':
      return target.ports === undefined || hasPorts(protocol) ? undefined : invalid(NEEDS_PORTS);
    default:
      return undefined;
  }
};

const TABLE_OF_TARGET: Partial<Record<Target['kind'], TableName>> = {
  dnat: 'nat',
  snat: 'nat',
  masquerade: 'nat',
  notrack: 'raw',
  reject: 'filter',
};

const NEEDS_PORTS = 'need TCP, UDP, SCTP or DCCP with port specification';

const checkNat = (
  address: Ip,
  family: IpFamily,
  port: number | undefined,
  protocol: number | undefined,
): Refusal | undefined => {
  if (familyOf(address) !== family) return invalid(wrongFamily(family));
  return port === undefined || hasPorts(protocol) ? undefined : invalid(NEEDS_PORTS);
};

const hasPorts = (protocol: number | undefined): boolean =>
  protocol === IpProtocol.TCP ||
  protocol === IpProtocol.UDP ||
  protocol === IpProtocol.SCTP ||
  protocol === 33;

const needsProtocol = (name: string, protocol: number | undefined): Refusal | undefined =>
  protocol === protocolNumber(name) ? undefined : invalid(`${name} match requires '-p ${name}'`);

const checkInterface = (name: string): Refusal | undefined =>
  name.length >= 1 && name.length <= 15
    ? undefined
    : invalid(`interface name "${name}" must have 1 to 15 characters`);

/** A range takes two of the places that multiport has. */
const slots = (ranges: readonly { readonly first: number; readonly last: number }[]): number =>
  ranges.reduce((sum, { first, last }) => sum + (first === last ? 1 : 2), 0);

const checkPorts = (
  ranges: readonly { readonly first: number; readonly last: number }[],
): Refusal | undefined =>
  ranges.every(({ first, last }) => isPort(first) && isPort(last) && first <= last)
    ? undefined
    : invalid('invalid port or port range');

const isPort = (port: number): boolean => Number.isInteger(port) && port >= 0 && port <= 65_535;

const wrongFamily = (family: IpFamily): string => `the address is not one of IPv${family}`;
