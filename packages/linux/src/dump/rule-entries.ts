import { formatIp, type IpFamily, type Prefix } from '@podpath/net';
import type { RulePorts, RuleSpec } from '../commands.ts';
import type { Namespace } from '../namespace.ts';
import { protocolName } from '../netfilter/protocol-names.ts';
import { tableName } from '../text/route-text.ts';
import { serviceName } from '../text/service-text.ts';

/** `ip -4 -json rule`, or `-6`. */
export function ruleEntries(namespace: Namespace, family: IpFamily): readonly object[] {
  const { rules } = family === 4 ? namespace.ipv4 : namespace.ipv6;
  return rules.map((rule) => entryOf(namespace, rules, rule));
}

function entryOf(namespace: Namespace, rules: readonly RuleSpec[], rule: RuleSpec): object {
  const { from, to, tos, fwmark, protocol } = rule;
  return {
    priority: rule.priority,
    not: rule.not === true ? null : undefined,
    ...(from === undefined || from.length === 0 ? { src: 'all' } : selectorOf('src', from)),
    ...(to === undefined || to.length === 0 ? {} : selectorOf('dst', to)),
    tos: tos === undefined || tos === 0 ? undefined : serviceName(tos),
    ...(fwmark === undefined ? {} : markOf(fwmark)),
    ...deviceOf(namespace, 'iif', rule.iif),
    ...deviceOf(namespace, 'oif', rule.oif),
    ipproto: protocol === undefined ? undefined : protocolText(protocol),
    ...portsOf('sport', rule.sourcePorts),
    ...portsOf('dport', rule.destinationPorts),
    ...actionOf(rules, rule.action),
  };
}

function selectorOf(name: 'src' | 'dst', { address, length }: Prefix): object {
  const host = typeof address === 'number' ? 32 : 128;
  return {
    [name]: formatIp(address),
    [`${name}len`]: length === host ? undefined : length,
  };
}

const ALL_BITS = 0xffff_ffff;

const markOf = ({ value, mask }: NonNullable<RuleSpec['fwmark']>): object => ({
  fwmark: `0x${value.toString(16)}`,
  fwmask: mask === ALL_BITS ? undefined : `0x${mask.toString(16)}`,
});

/** `detached` as long as there is no such device. */
const deviceOf = (
  { devices }: Namespace,
  name: 'iif' | 'oif',
  device: string | undefined,
): object => ({
  [name]: device,
  [`${name}_detached`]: device === undefined || devices.has(device) ? undefined : null,
});

const protocolText = (protocol: number): string => {
  const name = protocolName(protocol);
  return name === String(protocol) ? `ipproto-${protocol}` : name;
};

function portsOf(name: 'sport' | 'dport', ports: RulePorts | undefined): object {
  if (ports === undefined) return {};
  const { first, last } = ports;
  return first === last ? { [name]: first } : { [`${name}_start`]: first, [`${name}_end`]: last };
}

function actionOf(rules: readonly RuleSpec[], action: RuleSpec['action']): object {
  switch (action.kind) {
    case 'lookup':
      return { table: tableName(action.table), suppress_prefixlen: action.suppressPrefixLength };
    case 'goto': {
      const isThere = rules.some(({ priority }) => priority === action.priority);
      return { goto: action.priority, unresolved: isThere ? undefined : null };
    }
    case 'nop':
      return { nop: null };
    default:
      return { action: action.kind };
  }
}
