import { formatPrefix } from '@podpath/net';
import { portRangeText } from '../policies/port-range.ts';
import type { FelixAction, FelixMatch, FelixRule } from './felix-rule.ts';

/** What the iptables on a node can do, as far as it shows in the text of rules. */
export interface IptablesFeatures {
  /** `MASQUERADE --random-fully`. */
  readonly randomFully: boolean;
  /** `NFLOG --nflog-size` instead of the older `--nflog-range`. */
  readonly nflogSize: boolean;
}

const MAX_COMMENT_LENGTH = 256;
const NFLOG_BYTES = 80;
const LOG_LEVEL = 5;

/**
 * A rule as Felix writes it for iptables-restore, long option names and all: hashes are made over
 * this very text. `hashFragment` stands where the hash comment does; empty leaves it out.
 * Follows felix/iptables/renderer.go.
 */
export const felixRuleText = (
  chain: string,
  rule: FelixRule,
  hashFragment: string,
  features: IptablesFeatures,
): string =>
  [
    `-A ${chain}`,
    hashFragment,
    ...(rule.comments ?? []).map((text) => `-m comment --comment "${safeComment(text)}"`),
    matchText(rule.match ?? []),
    rule.action === undefined ? '' : actionText(rule.action, features),
  ]
    .filter((fragment) => fragment !== '')
    .join(' ');

/** A comment as Felix lets it through: nothing that a shell or iptables-restore would take amiss. */
export const safeComment = (text: string): string =>
  text.replaceAll(/[^\w @%+=:,./-]/g, '_').slice(0, MAX_COMMENT_LENGTH);

export const matchText = (matches: readonly FelixMatch[]): string =>
  matches.map(oneMatchText).join(' ');

const hex = (value: number): string => `0x${value.toString(16)}`;
const not = (match: { readonly invert?: boolean }): string => (match.invert === true ? '! ' : '');

const oneMatchText = (match: FelixMatch): string => {
  switch (match.kind) {
    case 'source':
    case 'destination':
      return `${not(match)}--${match.kind} ${formatPrefix(match.prefix)}`;
    case 'in-interface':
    case 'out-interface':
      return `${not(match)}--${match.kind} ${match.name}`;
    case 'protocol':
      return `${not(match)}-p ${match.protocol}`;
    case 'port':
      return `${not(match)}--${match.side === 'source' ? 'sport' : 'dport'} ${portRangeText(match)}`;
    case 'multiport':
      return `-m multiport ${not(match)}--${match.side}-ports ${match.ranges.map(portRangeText).join(',')}`;
    case 'icmp':
      return icmpText(match);
    case 'mark':
      return `-m mark ${not(match)}--mark ${match.value === 0 ? '0' : hex(match.value)}/${hex(match.mask)}`;
    case 'conntrack':
      return `-m conntrack ${not(match)}--ctstate ${match.states.join(',')}`;
    case 'set':
      return `-m set ${not(match)}--match-set ${match.set} ${match.directions.join(',')}`;
    case 'address-type':
      return addressTypeText(match);
    case 'rpfilter':
      return `-m rpfilter${match.invert ? ' --invert' : ''}${match.validMark ? ' --validmark' : ''}`;
  }
};

const icmpText = (match: Extract<FelixMatch, { kind: 'icmp' }>): string => {
  const [module, option] = match.version === 4 ? ['icmp', 'icmp-type'] : ['icmp6', 'icmpv6-type'];
  const code = match.code === undefined ? '' : `/${match.code}`;
  return `-m ${module} ${not(match)}--${option} ${match.type}${code}`;
};

const addressTypeText = (match: Extract<FelixMatch, { kind: 'address-type' }>): string => {
  const { source, destination, limitInterface } = match;
  return [
    '-m addrtype',
    ...(source === undefined ? [] : [`${not(source)}--src-type ${source.type}`]),
    ...(destination === undefined ? [] : [`${not(destination)}--dst-type ${destination.type}`]),
    ...(limitInterface === undefined ? [] : [`--limit-iface-${limitInterface}`]),
  ].join(' ');
};

export const actionText = (action: FelixAction, features: IptablesFeatures): string => {
  switch (action.kind) {
    case 'accept':
    case 'drop':
    case 'return':
    case 'notrack':
      return `--jump ${action.kind.toUpperCase()}`;
    case 'reject':
      return `--jump REJECT${action.with === undefined ? '' : ` --reject-with ${action.with}`}`;
    case 'jump':
    case 'goto':
      return `--${action.kind} ${action.chain}`;
    case 'set-mark':
      return `--jump MARK --set-mark ${hex(action.mark)}/${hex(action.mark)}`;
    case 'clear-mark':
      return `--jump MARK --set-mark 0/${hex(action.mark)}`;
    case 'set-masked-mark':
      return `--jump MARK --set-mark ${hex(action.mark)}/${hex(action.mask)}`;
    case 'masquerade':
      return [
        '--jump MASQUERADE',
        ...(action.ports === undefined
          ? []
          : [`--to-ports ${action.ports.first}-${action.ports.last}`]),
        ...(features.randomFully ? ['--random-fully'] : []),
      ].join(' ');
    case 'log':
      return `--jump LOG --log-prefix "${action.prefix}: " --log-level ${LOG_LEVEL}`;
    case 'nflog':
      return `--jump NFLOG --nflog-group ${action.group} --nflog-prefix ${action.prefix} --nflog-${
        features.nflogSize ? 'size' : 'range'
      } ${NFLOG_BYTES}`;
  }
};
