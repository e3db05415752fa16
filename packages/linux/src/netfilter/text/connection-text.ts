import { formatIp, type Prefix } from '@podpath/net';
import { protocolNumber } from '../protocol-names.ts';
import type { ConntrackStateName, ConntrackStatusName, Match, PortRange } from '../rule.ts';

type MatchOf<K extends Match['kind']> = Extract<Match, { readonly kind: K }>;

/** The order in which states are printed, whatever order they were given in. */
const STATE_ORDER: readonly ConntrackStateName[] = [
  'INVALID',
  'NEW',
  'RELATED',
  'ESTABLISHED',
  'UNTRACKED',
  'SNAT',
  'DNAT',
];

const STATUS_ORDER: readonly ConntrackStatusName[] = [
  'EXPECTED',
  'SEEN_REPLY',
  'ASSURED',
  'CONFIRMED',
];

export const formatStates = (states: readonly ConntrackStateName[]): string =>
  STATE_ORDER.filter((state) => states.includes(state)).join(',');

/** Options of `-m conntrack`, in the tool's order. */
export const formatConnection = (match: MatchOf<'connection'>): string => {
  const parts: string[] = [];
  const add = (
    option: string,
    field: { readonly invert?: boolean } | undefined,
    value: string | undefined,
  ): void => {
    if (field !== undefined && value !== undefined)
      parts.push(`${not(field.invert)}--${option} ${value}`);
  };
  const { states, protocol, status, expiresSeconds } = match;
  add('ctstate', states, states && formatStates(states.names));
  add('ctproto', protocol, protocol && String(protocolNumber(protocol.protocol)));
  for (const [name, option] of ADDRESSES) {
    add(option, match[name], formatAddress(match[name]?.prefix));
  }
  for (const [name, option] of PORTS) add(option, match[name], formatRange(match[name]));
  add('ctstatus', status, status && formatStatus(status.names));
  add('ctexpire', expiresSeconds, formatRange(expiresSeconds));
  if (match.direction !== undefined) parts.push(`--ctdir ${match.direction}`);
  return parts.join(' ');
};

const ADDRESSES = [
  ['originalSource', 'ctorigsrc'],
  ['originalDestination', 'ctorigdst'],
  ['replySource', 'ctreplsrc'],
  ['replyDestination', 'ctrepldst'],
] as const;

const PORTS = [
  ['originalSourcePort', 'ctorigsrcport'],
  ['originalDestinationPort', 'ctorigdstport'],
  ['replySourcePort', 'ctreplsrcport'],
  ['replyDestinationPort', 'ctrepldstport'],
] as const;

export const formatConnlimit = (match: MatchOf<'connlimit'>): string => {
  const side = match.side === 'source' ? '--connlimit-saddr' : '--connlimit-daddr';
  return `--connlimit-${match.compare} ${match.limit} --connlimit-mask ${match.maskLength} ${side}`;
};

const not = (invert: boolean | undefined): string => (invert === true ? '! ' : '');

/** A whole address goes without its length. */
const formatAddress = (prefix: Prefix | undefined): string | undefined => {
  if (prefix === undefined) return undefined;
  const { address, length } = prefix;
  const whole = length === (typeof address === 'number' ? 32 : 128);
  return whole ? formatIp(address) : `${formatIp(address)}/${length}`;
};

const formatRange = (range: PortRange | undefined): string | undefined => {
  if (range === undefined) return undefined;
  return range.first === range.last ? String(range.first) : `${range.first}:${range.last}`;
};

const formatStatus = (names: readonly ConntrackStatusName[]): string => {
  const given = STATUS_ORDER.filter((name) => names.includes(name));
  return given.length === 0 ? 'NONE' : given.join(',');
};
