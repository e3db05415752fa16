import type {
  CalicoEntity,
  CalicoIcmp,
  CalicoPolicy as CalicoPolicyObject,
  CalicoProtocol,
  CalicoRule as CalicoRuleObject,
} from '@podpath/cluster';
import type { IpFamily } from '@podpath/net';
import type { PolicyDirection } from '../names/chain-names.ts';
import type { IcmpMatch } from './active-rule.ts';
import type { CalicoPolicy, CalicoRule, EntityRule } from './calico-policy.ts';
import { narrowedSelectorText } from './entity-selector.ts';

/**
 * A policy of Calico's own API as Felix gets it.
 * Follows libcalico-go/lib/backend/syncersv1/updateprocessors.
 */
export const readCalicoPolicy = (policy: CalicoPolicyObject): CalicoPolicy => {
  const { kind, namespace = '', name, tier, order, types } = policy;
  return {
    id: { kind, namespace, name },
    tier,
    ...(order === undefined ? {} : { order }),
    selector: narrowedSelectorText(policy.selector.text, {
      namespaces: policy.namespaceSelector?.text,
      serviceAccounts: policy.serviceAccountSelector?.text,
    }),
    types: DIRECTIONS.filter(([type]) => types.includes(type)).map(([, direction]) => direction),
    ingress: policy.ingress.map(readRule),
    egress: policy.egress.map(readRule),
    ...(policy.source === undefined ? {} : { source: policy.source }),
  };
};

const DIRECTIONS: readonly (readonly ['Ingress' | 'Egress', PolicyDirection])[] = [
  ['Ingress', 'ingress'],
  ['Egress', 'egress'],
];

const readRule = (rule: CalicoRuleObject): CalicoRule => {
  const { action, ipVersion = familyOf(rule.protocol), protocol, notProtocol } = rule;
  const icmp = readIcmp(rule.icmp);
  const notIcmp = readIcmp(rule.notIcmp);
  return {
    action,
    ...(ipVersion === undefined ? {} : { ipVersion }),
    ...(protocol === undefined ? {} : { protocol }),
    ...(notProtocol === undefined ? {} : { notProtocol }),
    ...(icmp === undefined ? {} : { icmp }),
    ...(notIcmp === undefined ? {} : { notIcmp }),
    source: readEntity(rule.source),
    destination: readEntity(rule.destination),
  };
};

/** ICMP is a protocol of one family only. */
const familyOf = (protocol: CalicoProtocol | undefined): IpFamily | undefined => {
  if (protocol === 'ICMP' || protocol === 1) return 4;
  return protocol === 'ICMPv6' || protocol === 58 ? 6 : undefined;
};

const readIcmp = (icmp: CalicoIcmp | undefined): IcmpMatch | undefined => {
  if (icmp?.type === undefined) return undefined;
  const { type, code } = icmp;
  return { type, ...(code === undefined ? {} : { code }) };
};

const readEntity = (entity: CalicoEntity): EntityRule => {
  const { selector, notSelector, namespaceSelector, serviceAccounts, ...rest } = entity;
  return {
    ...rest,
    ...(selector === undefined ? {} : { selector: selector.text }),
    ...(notSelector === undefined ? {} : { notSelector: notSelector.text }),
    ...(namespaceSelector === undefined ? {} : { namespaceSelector: namespaceSelector.text }),
    ...(serviceAccounts === undefined
      ? {}
      : {
          serviceAccounts: {
            names: serviceAccounts.names,
            ...(serviceAccounts.selector === undefined
              ? {}
              : { selector: serviceAccounts.selector.text }),
          },
        }),
  };
};
