import { type IpFamily, IpProtocol, prefixContains } from '@podpath/net';
import { domainCovers } from './address-knowledge.ts';
import { holds } from './label-expression.ts';
import type { EndMatch, IcmpMatch, PortMatch, Rule, TrafficMatch } from './model.ts';
import type { Party } from './parties.ts';
import type { Thing } from './things.ts';

/** A connection as rules see it. */
export interface Traffic {
  readonly from: Party;
  readonly to: Party;
  readonly family: IpFamily;
  /** IANA's number. */
  readonly protocol: number;
  /** Absent where the protocol has none. */
  readonly sourcePort?: number;
  readonly port?: number;
  readonly icmp?: { readonly type: number; readonly code: number };
}

/** A rule matches when its peers match the ends and its ports match the traffic. */
export const ruleMatches = (rule: Rule, traffic: Traffic): boolean => {
  const sources = matching(rule.from, (match) => sourceMatches(match, traffic));
  const destinations = matching(rule.to, (match) => destinationMatches(match, traffic));
  if (sources.length === 0 || destinations.length === 0) return false;
  if (rule.traffic === 'any') return true;
  return rule.traffic.some((match) =>
    sources.some((from) =>
      destinations.some((to) =>
        trafficMatches(match, traffic, {
          from: selected(from, traffic.from),
          to: selected(to, traffic.to),
        }),
      ),
    ),
  );
};

const ANYONE: readonly EndMatch[] = [{}];

const matching = (
  matches: Rule['from'],
  test: (match: EndMatch) => boolean,
): readonly EndMatch[] => (matches === 'anyone' ? ANYONE : matches.filter(test));

/** Named ports are those of what the labels select, not of whatever else has the address. */
const selected = ({ labels }: EndMatch, { things }: Party): readonly Thing[] =>
  labels === undefined ? things : things.filter(({ label }) => holds(labels, label));

const sourceMatches = (match: EndMatch, { from }: Traffic): boolean =>
  endMatches(match, from) && (match.service === undefined || servesAt(match.service, from));

const destinationMatches = (match: EndMatch, { to, protocol, port }: Traffic): boolean =>
  endMatches(match, to) &&
  (match.service === undefined || servesAt(match.service, to, { protocol, port }));

/** All that an end's match asks of an end by itself. */
export const endMatches = (match: EndMatch, party: Party): boolean => {
  const { labels, notLabels, nets, notNets, nodes, domains } = match;
  const { address, things, nodeLabel, known } = party;
  return (
    (labels === undefined || things.some(({ label }) => holds(labels, label))) &&
    (notLabels === undefined || !things.some(({ label }) => holds(notLabels, label))) &&
    // `prefixContains` is false across families: 0.0.0.0/0 says nothing about IPv6.
    (nets === undefined || nets.some((net) => prefixContains(net, address))) &&
    (notNets === undefined || !notNets.some((net) => prefixContains(net, address))) &&
    (nodes === undefined || (nodeLabel !== undefined && holds(nodes, nodeLabel))) &&
    (domains === undefined ||
      known.namesOf(address).some((name) => domains.some((domain) => domainCovers(domain, name))))
  );
};

/** Whether the Service has an endpoint there, and with `asked`, at that port. */
export const servesAt = (
  { namespace, name }: NonNullable<EndMatch['service']>,
  { address, known }: Party,
  asked?: { readonly protocol: number; readonly port: number | undefined },
): boolean =>
  known
    .servicesAt(address)
    .some(
      ({ service, protocol, port }) =>
        service === `${namespace}/${name}` &&
        (asked === undefined ||
          (protocol === asked.protocol && (port === undefined || port === asked.port))),
    );

/** `named` are those whose ports have names. */
export const trafficMatches = (
  match: TrafficMatch,
  traffic: Traffic,
  named: { readonly from: readonly Thing[]; readonly to: readonly Thing[] } = { from: [], to: [] },
): boolean => {
  const { family, protocol, notProtocol, icmp, notIcmp } = match;
  const { sourcePorts, notSourcePorts, ports, notPorts } = match;
  const atSource = (port: PortMatch) =>
    portMatches(port, named.from, traffic.protocol, traffic.sourcePort);
  const atDestination = (port: PortMatch) =>
    portMatches(port, named.to, traffic.protocol, traffic.port);
  return (
    (family === undefined || family === traffic.family) &&
    (protocol === undefined || protocol === traffic.protocol) &&
    notProtocol !== traffic.protocol &&
    (icmp === undefined || icmpMatches(icmp, traffic)) &&
    (notIcmp === undefined || !icmpMatches(notIcmp, traffic)) &&
    (sourcePorts === undefined || sourcePorts.some(atSource)) &&
    (notSourcePorts === undefined || !notSourcePorts.some(atSource)) &&
    (ports === undefined || ports.some(atDestination)) &&
    (notPorts === undefined || !notPorts.some(atDestination))
  );
};

const icmpMatches = ({ type, code }: IcmpMatch, { icmp }: Traffic): boolean =>
  icmp !== undefined && type === icmp.type && (code === undefined || code === icmp.code);

const portMatches = (
  match: PortMatch,
  things: readonly Thing[],
  protocol: number,
  port: number | undefined,
): boolean => {
  if (port === undefined) return false;
  if ('first' in match) return match.first <= port && port <= match.last;
  if (match.protocol !== undefined && match.protocol !== protocol) return false;
  return things.some(({ ports }) =>
    ports.some(
      (declared) =>
        declared.name === match.name &&
        IpProtocol[declared.protocol] === protocol &&
        declared.port === port,
    ),
  );
};
