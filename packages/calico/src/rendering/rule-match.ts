import type { IpFamily } from '@podpath/net';
import { ipsetName } from '../names/ipset-names.ts';
import type { ActiveRule, EndMatch, IcmpMatch } from '../policies/active-rule.ts';
import { inSet, multiport, protocol } from './felix-match.ts';
import type { FelixMatch } from './felix-rule.ts';
import { END_WORD, type End } from './match-blocks.ts';
import { splitPorts } from './port-split.ts';

/**
 * The matches of the rule itself, in Felix's order, once match blocks have taken what does not fit:
 * at most one net, one list of ports and one named port are left at each end.
 * Follows `CalculateRuleMatch` in felix/rules/policy.go.
 */
export const ruleMatch = (rule: ActiveRule, family: IpFamily): readonly FelixMatch[] => [
  ...(rule.protocol === undefined ? [] : [protocol(rule.protocol)]),
  ...positive('source', rule.source, family),
  ...positive('destination', rule.destination, family),
  ...(rule.icmp === undefined ? [] : [icmp(rule.icmp, family)]),
  ...(rule.notProtocol === undefined ? [] : [protocol(rule.notProtocol, true)]),
  ...negative('source', rule.source, family),
  ...negative('destination', rule.destination, family),
  ...(rule.notIcmp === undefined ? [] : [icmp(rule.notIcmp, family, true)]),
];

const positive = (end: End, match: EndMatch, family: IpFamily): readonly FelixMatch[] => [
  ...(match.nets ?? []).map((prefix): FelixMatch => ({ kind: end, prefix })),
  ...sets(end, match.ipsets, family),
  ...sets(end, match.ipPortIpsets, family, { ports: true }),
  ...(match.ports === undefined || match.ports.length === 0 ? [] : [multiport(end, match.ports)]),
  ...sets(end, match.namedPortIpsets, family, { ports: true }),
];

const negative = (end: End, match: EndMatch, family: IpFamily): readonly FelixMatch[] => [
  ...(match.notNets ?? []).map((prefix): FelixMatch => ({ kind: end, prefix, invert: true })),
  ...sets(end, match.notIpsets, family, { invert: true }),
  ...splitPorts(match.notPorts ?? []).map((split) => multiport(end, split, true)),
  ...sets(end, match.notNamedPortIpsets, family, { ports: true, invert: true }),
];

const sets = (
  end: End,
  ids: readonly string[] = [],
  family: IpFamily,
  options: { readonly ports?: boolean; readonly invert?: boolean } = {},
): readonly FelixMatch[] => ids.map((id) => inSet(ipsetName(family, id), END_WORD[end], options));

const icmp = ({ type, code }: IcmpMatch, version: IpFamily, invert?: true): FelixMatch => ({
  kind: 'icmp',
  version,
  type,
  ...(code === undefined ? {} : { code }),
  ...(invert === undefined ? {} : { invert }),
});
