import { namedPortIpsetId, selectorIpsetId } from '../names/ipset-names.ts';
import { canonicalSelector } from '../selectors/canonical-selector.ts';
import type { Selector } from '../selectors/selector.ts';
import type { ActiveRule, EndMatch } from './active-rule.ts';
import type { CalicoRule, EntityRule } from './calico-policy.ts';
import { entitySelector } from './entity-selector.ts';
import type { PolicyPort } from './policy-port.ts';

type PortSetProtocol = 'tcp' | 'udp' | 'sctp';

/** A set that a rule needs: what its members are, and its identity. */
export type IpsetContent = { readonly id: string; readonly selector: Selector } & (
  | { readonly kind: 'selector' }
  | { readonly kind: 'named-port'; readonly protocol: PortSetProtocol; readonly port: string }
);

export interface ScannedRule {
  readonly rule: ActiveRule;
  readonly ipsets: readonly IpsetContent[];
}

const ACTIONS = { Allow: 'allow', Deny: 'deny', Pass: 'pass', Log: 'log' } as const;

/**
 * Replaces the selectors and named ports of a policy's rule by ipsets. A named port is looked up among
 * the endpoints that the selector of its end matches, so that with names alone the plain set of the
 * selector is not needed. Follows felix/calc/rule_scanner.go.
 */
export const scanRule = (rule: CalicoRule, namespace: string): ScannedRule => {
  const protocol = rule.protocol?.toLowerCase();
  const source = scanEnd(rule.source, namespace, protocol);
  const destination = scanEnd(rule.destination, namespace, protocol);
  return {
    rule: {
      action: ACTIONS[rule.action],
      ...(protocol === undefined ? {} : { protocol }),
      source: source.match,
      destination: destination.match,
    },
    ipsets: [...source.ipsets, ...destination.ipsets],
  };
};

const scanEnd = (
  entity: EntityRule,
  namespace: string,
  protocol: string | undefined,
): { match: EndMatch; ipsets: readonly IpsetContent[] } => {
  const selector = entitySelector(entity, namespace);
  const ports = (entity.ports ?? []).filter((port) => typeof port !== 'string');
  const named = (entity.ports ?? [])
    .filter(isName)
    .map((port) => namedPortSet(selector ?? { kind: 'all' }, portSetProtocol(protocol), port));
  const selected =
    selector !== undefined && (ports.length > 0 || named.length === 0)
      ? [selectorSet(selector)]
      : [];
  const ids = (sets: readonly IpsetContent[]) => sets.map((set) => set.id);
  return {
    match: {
      ...(entity.nets === undefined ? {} : { nets: entity.nets }),
      ...(entity.notNets === undefined ? {} : { notNets: entity.notNets }),
      ...(ports.length === 0 ? {} : { ports }),
      ...(selected.length === 0 ? {} : { ipsets: ids(selected) }),
      ...(named.length === 0 ? {} : { namedPortIpsets: ids(named) }),
    },
    ipsets: [...named, ...selected],
  };
};

const isName = (port: PolicyPort): port is string => typeof port === 'string';

const portSetProtocol = (protocol: string | undefined): PortSetProtocol =>
  protocol === 'udp' || protocol === 'sctp' ? protocol : 'tcp';

const selectorSet = (selector: Selector): IpsetContent => ({
  kind: 'selector',
  id: selectorIpsetId(canonicalSelector(selector)),
  selector,
});

const namedPortSet = (
  selector: Selector,
  protocol: PortSetProtocol,
  port: string,
): IpsetContent => ({
  kind: 'named-port',
  id: namedPortIpsetId(canonicalSelector(selector), protocol, port),
  selector,
  protocol,
  port,
});
