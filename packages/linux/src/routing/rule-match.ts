import { type Ip, prefixContains } from '@podpath/net';
import type { RulePorts, RuleSpec } from '../commands.ts';
import type { FibEntry } from '../core.ts';
import type { RouteDemand } from './fib-table.ts';
import { type Flow, NO_FLOW, serviceOf } from './flow.ts';
import { refusalOf } from './route-error.ts';

/** What the rules may look at. Rules see packets that were made here as coming in by `lo`. */
export interface RouteKey<A extends Ip> extends RouteDemand {
  readonly to: A;
  readonly from?: A | undefined;
  readonly inDevice: string;
  readonly mark: number;
}

/** The traffic class without congestion bits. */
const CLASS_BITS = 0xfc;

/** Whether a rule is about a packet (`fib_rule_match`, `fib4_rule_match`, `fib6_rule_match`). */
export function ruleMatches(rule: RuleSpec, key: RouteKey<Ip>): boolean {
  const hit =
    (rule.iif === undefined || rule.iif === key.inDevice) &&
    (rule.oif === undefined || rule.oif === key.device?.name) &&
    (rule.fwmark === undefined || ((key.mark ^ rule.fwmark.value) & rule.fwmark.mask) === 0) &&
    (rule.from === undefined ||
      rule.from.length === 0 ||
      (key.from !== undefined && prefixContains(rule.from, key.from))) &&
    (rule.to === undefined || prefixContains(rule.to, key.to)) &&
    flowMatches(rule, key.flow ?? NO_FLOW);
  return hit !== (rule.not === true);
}

function flowMatches(rule: RuleSpec, flow: Flow): boolean {
  const { tos = 0, protocol, sourcePorts, destinationPorts } = rule;
  return (
    (tos === 0 || tos === (rule.family === 4 ? serviceOf(flow) : flow.tos & CLASS_BITS)) &&
    (protocol === undefined || protocol === flow.protocol) &&
    (sourcePorts === undefined || isIn(sourcePorts, flow.sourcePort)) &&
    (destinationPorts === undefined || isIn(destinationPorts, flow.destinationPort))
  );
}

const isIn = ({ first, last }: RulePorts, port: number): boolean => port >= first && port <= last;

/** Whether anything but addresses, devices and marks counts for a rule. */
export const readsFlow = ({ tos, protocol, sourcePorts, destinationPorts }: RuleSpec): boolean =>
  [tos, protocol, sourcePorts, destinationPorts].some((selector) => selector !== undefined);

/** Whether a rule does not let a route count that it found (`fib4_rule_suppress`). Refusals always count. */
export const suppresses = (
  action: Extract<RuleSpec['action'], { kind: 'lookup' }>,
  entry: FibEntry,
): boolean =>
  action.suppressPrefixLength !== undefined &&
  refusalOf(entry) === undefined &&
  entry.prefix.length <= action.suppressPrefixLength;
