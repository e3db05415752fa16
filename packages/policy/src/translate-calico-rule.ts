import type {
  CalicoEntity,
  CalicoIcmp,
  CalicoPort,
  CalicoProtocol,
  CalicoRule,
} from '@podpath/cluster';
import { familyOf, type IpFamily, IpProtocol } from '@podpath/net';
import {
  asSelectedServiceAccounts,
  inSelectedNamespaces,
  selectedEndpoints,
} from './calico-selector.ts';
import { all, type LabelExpression, labelIs, not } from './label-expression.ts';
import type { EndMatch, IcmpMatch, PortMatch, Rule, TrafficMatch } from './model.ts';
import { NAMESPACE, SERVICE_ACCOUNT } from './scoped-labels.ts';

const ACTIONS = { Allow: 'allow', Deny: 'deny', Pass: 'pass', Log: 'log' } as const;

/**
 * A rule of a Calico policy or profile; `namespace` is its owner's. What it asks of HTTP is left out, as it is in the
 * kernel: the rule then matches all that it may match.
 * Follows libcalico-go/lib/backend/syncersv1/updateprocessors/rules.go and felix/calc/rule_scanner.go.
 */
export const translateCalicoRule = (
  rule: CalicoRule,
  ref: Rule['ref'],
  namespace: string | undefined,
): Rule => ({
  ref: { ...ref, ...(rule.location === undefined ? {} : { source: rule.location }) },
  action: ACTIONS[rule.action],
  from: translateEntity(rule.source, namespace),
  to: translateEntity(rule.destination, namespace),
  traffic: translateTraffic(rule),
});

const translateEntity = (entity: CalicoEntity, namespace: string | undefined): Rule['from'] => {
  const { nets, notNets, notSelector, services } = entity;
  const wanted = entityLabels(entity, namespace);
  const unwanted = notSelector === undefined ? undefined : selectedEndpoints(notSelector.selector);
  const match: EndMatch = {
    ...excluding(wanted, unwanted),
    ...(nets === undefined ? {} : { nets }),
    ...(notNets === undefined ? {} : { notNets }),
    ...(services === undefined ? {} : { service: services }),
  };
  return Object.keys(match).length === 0 ? 'anyone' : [match];
};

/**
 * Beside a selector, what is excluded narrows what that selects. Without one, everything else matches, also what no selector
 * can select.
 */
const excluding = (
  wanted: LabelExpression | undefined,
  unwanted: LabelExpression | undefined,
): Pick<EndMatch, 'labels' | 'notLabels'> => {
  if (unwanted === undefined) return wanted === undefined ? {} : { labels: wanted };
  return wanted === undefined ? { notLabels: unwanted } : { labels: all(wanted, not(unwanted)) };
};

/** As soon as any selector is used, those of a namespaced policy stay in its namespace unless they say otherwise. */
const entityLabels = (
  { selector, notSelector, namespaceSelector, serviceAccounts }: CalicoEntity,
  namespace: string | undefined,
): LabelExpression | undefined => {
  const accounts = serviceAccounts === undefined ? undefined : ofAccounts(serviceAccounts);
  const own = selector === undefined ? undefined : selectedEndpoints(selector.selector);
  const uses = [selector, notSelector, namespaceSelector, accounts].some(
    (part) => part !== undefined,
  );
  const within =
    namespaceSelector === undefined
      ? namespace === undefined
        ? undefined
        : labelIs(NAMESPACE, namespace)
      : inSelectedNamespaces(namespaceSelector.selector);
  const parts = [uses ? within : undefined, accounts, own].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : all(...parts);
};

const ofAccounts = ({
  names,
  selector,
}: NonNullable<CalicoEntity['serviceAccounts']>): LabelExpression | undefined => {
  const parts = [
    names.length === 0 ? undefined : labelIs(SERVICE_ACCOUNT, ...names),
    selector === undefined ? undefined : asSelectedServiceAccounts(selector.selector),
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : all(...parts);
};

const translateTraffic = (rule: CalicoRule): Rule['traffic'] => {
  const { source, destination, icmp, notIcmp } = rule;
  const protocol = rule.protocol === undefined ? undefined : numberOf(rule.protocol);
  const notProtocol = rule.notProtocol === undefined ? undefined : numberOf(rule.notProtocol);
  const ofNets = familyOfNets(rule);
  const family = rule.ipVersion ?? familyOfProtocol(protocol) ?? ofNets;
  // ICMP of one family and networks of the other: no packet is both.
  if (ofNets !== undefined && family !== ofNets) return [];
  const wanted = translateIcmp(icmp);
  const unwanted = translateIcmp(notIcmp);
  const port = (given: CalicoPort) => translatePort(given, protocol);
  const match: TrafficMatch = {
    ...(family === undefined ? {} : { family }),
    ...(protocol === undefined ? {} : { protocol }),
    ...(notProtocol === undefined ? {} : { notProtocol }),
    ...(wanted === undefined ? {} : { icmp: wanted }),
    ...(unwanted === undefined ? {} : { notIcmp: unwanted }),
    ...(source.ports === undefined ? {} : { sourcePorts: source.ports.map(port) }),
    ...(source.notPorts === undefined ? {} : { notSourcePorts: source.notPorts.map(port) }),
    ...(destination.ports === undefined ? {} : { ports: destination.ports.map(port) }),
    ...(destination.notPorts === undefined ? {} : { notPorts: destination.notPorts.map(port) }),
  };
  return Object.keys(match).length === 0 ? 'any' : [match];
};

/** A rule with networks is for their family alone, also where it only excludes them. */
const familyOfNets = ({ source, destination }: CalicoRule): IpFamily | undefined => {
  for (const { nets = [], notNets = [] } of [source, destination]) {
    const [net] = [...nets, ...notNets];
    if (net !== undefined) return familyOf(net.address);
  }
  return undefined;
};

/** ICMP is a protocol of one family only. */
const familyOfProtocol = (protocol: number | undefined): IpFamily | undefined => {
  if (protocol === IpProtocol.ICMP) return 4;
  return protocol === IpProtocol.ICMPV6 ? 6 : undefined;
};

const NUMBERS = {
  TCP: IpProtocol.TCP,
  UDP: IpProtocol.UDP,
  SCTP: IpProtocol.SCTP,
  ICMP: IpProtocol.ICMP,
  ICMPv6: IpProtocol.ICMPV6,
  UDPLite: 136,
} as const;

const numberOf = (protocol: CalicoProtocol): number =>
  typeof protocol === 'number' ? protocol : NUMBERS[protocol];

const translateIcmp = (icmp: CalicoIcmp | undefined): IcmpMatch | undefined => {
  if (icmp?.type === undefined) return undefined;
  const { type, code } = icmp;
  return { type, ...(code === undefined ? {} : { code }) };
};

/** In a rule without a protocol, names of ports are names of TCP ports. */
const translatePort = (port: CalicoPort, protocol: number | undefined): PortMatch => {
  if (typeof port !== 'string') return port;
  return { name: port, ...(protocol === undefined ? { protocol: IpProtocol.TCP } : {}) };
};
