import { familyOf, formatPrefix, type IpFamily } from '@podpath/net';
import type { CalicoPort, CalicoRule } from '../../calico/objects.ts';
import type { ReadContext } from '../context.ts';
import type { Field } from '../field.ts';
import { checkMembers } from '../known-members.ts';
import { readEntity } from './entity.ts';
import { protocolHasPorts, protocolIs, readIcmp, readProtocol } from './protocol.ts';

/** Whose rule it is. */
export interface RuleOwner {
  readonly direction: 'ingress' | 'egress';
  /** Absent: the owner is in none. */
  readonly namespace: string | undefined;
}

const ACTIONS = ['Allow', 'Deny', 'Log', 'Pass'] as const;
const MEMBERS = [
  'action',
  'ipVersion',
  'protocol',
  'notProtocol',
  'icmp',
  'notICMP',
  'source',
  'destination',
  'http',
  'metadata',
];

/**
 * Reads and validates a rule of a policy or profile. Sources followed: policy_common.go of Calico's API with its CEL
 * rules, and libcalico-go/lib/validator/v3.
 */
export const readRule = (field: Field, owner: RuleOwner, context: ReadContext): CalicoRule => {
  const rule = field.object();
  checkMembers(rule, MEMBERS, context);
  if (rule.at('action').absent)
    rule.at('action').required('there is no action', ACTIONS.join(' or '));
  const location = context.sourceOf(field.path);
  const ipVersion = readIpVersion(rule.at('ipVersion'));
  const protocol = readProtocol(rule.at('protocol'));
  const notProtocol = readProtocol(rule.at('notProtocol'));
  const icmp = readIcmp(rule.at('icmp'));
  const notIcmp = readIcmp(rule.at('notICMP'));
  const read: CalicoRule = {
    action: rule.at('action').oneOf(ACTIONS) ?? 'Deny',
    ...(ipVersion === undefined ? {} : { ipVersion }),
    ...(protocol === undefined ? {} : { protocol }),
    ...(notProtocol === undefined ? {} : { notProtocol }),
    ...(icmp === undefined ? {} : { icmp }),
    ...(notIcmp === undefined ? {} : { notIcmp }),
    source: readEntity(rule.at('source'), owner.namespace, context),
    destination: readEntity(rule.at('destination'), owner.namespace, context),
    http: !rule.at('http').object().absent,
    ...(location === undefined ? {} : { location }),
  };
  checkIcmp(rule, read);
  checkPorts(rule, read);
  checkServices(rule, read, owner);
  checkHttp(rule, read, owner);
  checkNets(rule, read);
  return read;
};

const readIpVersion = (field: Field): IpFamily | undefined => {
  const version = field.integer();
  if (version === undefined || version === 4 || version === 6) return version;
  field.report('FieldValueNotSupported', `${version} is not supported`, '4 or 6');
  return undefined;
};

const checkIcmp = (rule: Field, { icmp, protocol, notProtocol, ipVersion }: CalicoRule): void => {
  if (icmp !== undefined && !protocolIs(protocol, 'ICMP', 'ICMPv6')) {
    rule.at('icmp').invalid('ICMP fields require protocol to be ICMP or ICMPv6', 'such a protocol');
  }
  for (const [name, version] of [
    ['ICMP', 4],
    ['ICMPv6', 6],
  ] as const) {
    const named = protocolIs(protocol, name) || protocolIs(notProtocol, name);
    if (!named || ipVersion === undefined || ipVersion === version) continue;
    rule.at('ipVersion').invalid(`protocol ${name} requires ipVersion ${version}`, String(version));
  }
};

const checkPorts = (rule: Field, { protocol, source, destination }: CalicoRule): void => {
  const check = (end: 'source' | 'destination', key: 'ports' | 'notPorts') => {
    const ports = (end === 'source' ? source : destination)[key] ?? [];
    const field = rule.at(end).at(key);
    if (protocol === undefined && ports.some(isNumeric)) {
      field.invalid(
        'rules with numeric port or port range must set protocol to TCP or UDP or SCTP',
        'a protocol that has ports, or names of ports alone',
      );
    } else if (protocol !== undefined && !protocolHasPorts(protocol) && ports.length > 0) {
      field.invalid(
        'rules that specify ports must set protocol to TCP or UDP or SCTP',
        'a protocol that has ports',
      );
    }
  };
  for (const end of ['source', 'destination'] as const) {
    check(end, 'ports');
    check(end, 'notPorts');
  }
};

const isNumeric = (port: CalicoPort): boolean => typeof port !== 'string';

const checkServices = (rule: Field, read: CalicoRule, { direction }: RuleOwner): void => {
  const wrong = direction === 'ingress' ? 'destination' : 'source';
  const services = rule.at(wrong).at('services');
  if (!services.absent) {
    services.report(
      'FieldValueForbidden',
      `not allowed in ${direction} rule ${wrong}`,
      direction === 'ingress' ? 'services in the source' : 'services in the destination',
    );
  }
  if (read.destination.services === undefined) return;
  for (const key of ['ports', 'notPorts'] as const) {
    if (read.destination[key] === undefined) continue;
    const reason = `cannot specify ${key} with a service selector`;
    rule
      .at('destination')
      .at(key)
      .report('FieldValueForbidden', reason, 'the ports of the Service');
  }
};

const checkHttp = (rule: Field, { http, action, protocol }: CalicoRule, owner: RuleOwner): void => {
  if (!http) return;
  const field = rule.at('http');
  if (action !== 'Allow') {
    field.report('FieldValueForbidden', 'HTTP match is only valid on Allow rules', 'action Allow');
  }
  if (owner.direction === 'egress') {
    field.report('FieldValueForbidden', 'not allowed in egress rules', 'an ingress rule');
  }
  if (protocol !== undefined && !protocolIs(protocol, 'TCP')) {
    rule
      .at('protocol')
      .invalid('rules with HTTP match must have protocol TCP or unset', 'TCP or no protocol');
  }
};

/** A rule with nets is for one family, and a net that leaves nothing over is no exception. */
const checkNets = (rule: Field, { ipVersion, source, destination }: CalicoRule): void => {
  const seen = new Set<IpFamily>();
  for (const [end, entity] of [
    ['source', source],
    ['destination', destination],
  ] as const) {
    for (const key of ['nets', 'notNets'] as const) {
      const field = rule.at(end).at(key);
      const nets = entity[key] ?? [];
      const families = new Set(nets.map(({ address }) => familyOf(address)));
      if (ipVersion !== undefined && [...families].some((family) => family !== ipVersion)) {
        field.invalid("rule IP version doesn't match CIDR version", `IPv${ipVersion} networks`);
      }
      const before = seen.size;
      for (const family of families) seen.add(family);
      if (seen.size > 1 && seen.size > before) {
        const reason = 'rule contains both IPv4 and IPv6 CIDRs';
        field.invalid(reason, 'networks of one family: a rule for each');
      }
      const whole = key === 'notNets' ? nets.find(({ length }) => length === 0) : undefined;
      if (whole !== undefined) {
        const reason = `catch-all CIDR ${formatPrefix(whole)} in negation matches no traffic`;
        field.invalid(reason, 'smaller networks');
      }
    }
  }
};
