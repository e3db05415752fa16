import {
  type CalicoPort,
  type CalicoSelector,
  canonicalCalicoSelector,
  parseCalicoSelector,
} from '@podpath/cluster';
import { namedPortIpsetId, selectorIpsetId, serviceIpsetId } from '../names/ipset-names.ts';
import type { ActiveRule, EndMatch } from './active-rule.ts';
import type { CalicoRule, EntityRule } from './calico-policy.ts';
import { entitySelector } from './entity-selector.ts';

type PortSetProtocol = 'tcp' | 'udp' | 'sctp';

/** A set that a rule needs: what its members are, and its identity. */
export type IpsetContent = { readonly id: string } & (
  | { readonly kind: 'selector'; readonly selector: CalicoSelector }
  | {
      readonly kind: 'named-port';
      readonly selector: CalicoSelector;
      readonly protocol: PortSetProtocol;
      readonly port: string;
    }
  /** Of a Service's endpoints: their addresses, or with their ports. */
  | { readonly kind: 'service' | 'service-ports'; readonly service: string }
);

export interface ScannedRule {
  readonly rule: ActiveRule;
  readonly ipsets: readonly IpsetContent[];
}

const ACTIONS = { Allow: 'allow', Deny: 'deny', Pass: 'pass', Log: 'log' } as const;

/**
 * Replaces the selectors, named ports and Services of a policy's rule by ipsets. A named port is looked up among
 * the endpoints that the selector of its end matches, so that with names alone the plain set of the
 * selector is not needed. Follows felix/calc/rule_scanner.go.
 */
export const scanRule = (rule: CalicoRule, namespace: string): ScannedRule => {
  const { ipVersion, icmp, notIcmp } = rule;
  const protocol = lowerCase(rule.protocol);
  const notProtocol = lowerCase(rule.notProtocol);
  const source = scanEnd(rule.source, namespace, protocol, 'source');
  const destination = scanEnd(rule.destination, namespace, protocol, 'destination');
  return {
    rule: {
      action: ACTIONS[rule.action],
      ...(ipVersion === undefined ? {} : { ipVersion }),
      ...(protocol === undefined ? {} : { protocol }),
      ...(notProtocol === undefined ? {} : { notProtocol }),
      ...(icmp === undefined ? {} : { icmp }),
      ...(notIcmp === undefined ? {} : { notIcmp }),
      source: source.match,
      destination: destination.match,
    },
    ipsets: [...source.ipsets, ...destination.ipsets],
  };
};

const lowerCase = (protocol: string | number | undefined): string | number | undefined =>
  typeof protocol === 'string' ? protocol.toLowerCase() : protocol;

const scanEnd = (
  entity: EntityRule,
  namespace: string,
  protocol: string | number | undefined,
  end: 'source' | 'destination',
): { match: EndMatch; ipsets: readonly IpsetContent[] } => {
  const selector = entitySelector(entity, namespace);
  const portSet = (port: string) =>
    namedPortSet(selector ?? { kind: 'all' }, portSetProtocol(protocol), port);
  const ports = (entity.ports ?? []).filter((port) => typeof port !== 'string');
  const notPorts = (entity.notPorts ?? []).filter((port) => typeof port !== 'string');
  const named = (entity.ports ?? []).filter(isName).map(portSet);
  const notNamed = (entity.notPorts ?? []).filter(isName).map(portSet);
  const selected =
    selector !== undefined && (ports.length > 0 || named.length === 0)
      ? [selectorSet(selector)]
      : [];
  const excluded =
    selector === undefined && entity.notSelector !== undefined
      ? [selectorSet(parseCalicoSelector(entity.notSelector))]
      : [];
  const served = entity.services === undefined ? [] : [serviceSet(entity.services, end)];
  const addresses = [...selected, ...(end === 'source' ? served : [])];
  const ids = (sets: readonly IpsetContent[]) => sets.map((set) => set.id);
  return {
    match: {
      ...(entity.nets === undefined ? {} : { nets: entity.nets }),
      ...(entity.notNets === undefined ? {} : { notNets: entity.notNets }),
      ...(ports.length === 0 ? {} : { ports }),
      ...(notPorts.length === 0 ? {} : { notPorts }),
      ...(addresses.length === 0 ? {} : { ipsets: ids(addresses) }),
      ...(excluded.length === 0 ? {} : { notIpsets: ids(excluded) }),
      ...(named.length === 0 ? {} : { namedPortIpsets: ids(named) }),
      ...(notNamed.length === 0 ? {} : { notNamedPortIpsets: ids(notNamed) }),
      ...(end === 'source' || served.length === 0 ? {} : { ipPortIpsets: ids(served) }),
    },
    ipsets: [...named, ...notNamed, ...selected, ...excluded, ...served],
  };
};

const isName = (port: CalicoPort): port is string => typeof port === 'string';

const UDP = 17;
const SCTP = 132;

const portSetProtocol = (protocol: string | number | undefined): PortSetProtocol => {
  if (protocol === 'udp' || protocol === UDP) return 'udp';
  return protocol === 'sctp' || protocol === SCTP ? 'sctp' : 'tcp';
};

const selectorSet = (selector: CalicoSelector): IpsetContent => ({
  kind: 'selector',
  id: selectorIpsetId(canonicalCalicoSelector(selector)),
  selector,
});

const namedPortSet = (
  selector: CalicoSelector,
  protocol: PortSetProtocol,
  port: string,
): IpsetContent => ({
  kind: 'named-port',
  id: namedPortIpsetId(canonicalCalicoSelector(selector), protocol, port),
  selector,
  protocol,
  port,
});

const serviceSet = (
  { namespace, name }: NonNullable<EntityRule['services']>,
  end: 'source' | 'destination',
): IpsetContent => {
  const service = `${namespace}/${name}`;
  return end === 'source'
    ? { kind: 'service', id: serviceIpsetId(service, false), service }
    : { kind: 'service-ports', id: serviceIpsetId(service, true), service };
};
