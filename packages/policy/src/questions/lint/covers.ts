import { prefixCovers } from '@podpath/net';
import type { LabelExpression } from '../../label-expression.ts';
import type { EndMatch, PortMatch, Rule, TrafficMatch } from '../../model.ts';

// Whether one thing is part of another whatever the cluster is like: certain where it says so, and perhaps unseen.

/** Whether a label expression holds wherever the other does. */
export const follows = (wide: LabelExpression, narrow: LabelExpression): boolean => {
  if (wide.kind === 'and') return wide.operands.every((each) => follows(each, narrow));
  if (narrow.kind === 'or') return narrow.operands.every((each) => follows(wide, each));
  if (wide.kind === 'or') return wide.operands.some((each) => follows(each, narrow));
  if (narrow.kind === 'and') return narrow.operands.some((each) => follows(wide, each));
  if (wide.kind === 'not') return excludes(narrow, wide.operand);
  if (!('label' in wide && 'label' in narrow) || wide.label !== narrow.label) return false;
  switch (wide.kind) {
    case 'has':
      return true;
    case 'in':
      return narrow.kind === 'in' && narrow.values.every((value) => wide.values.includes(value));
    default:
      return narrow.kind === wide.kind && narrow.value === wide.value;
  }
};

/** Whether what one expression holds for, the other does not. */
const excludes = (one: LabelExpression, other: LabelExpression): boolean => {
  if (one.kind === 'not') return follows(one.operand, other);
  return (
    one.kind === 'in' &&
    other.kind === 'in' &&
    one.label === other.label &&
    !one.values.some((value) => other.values.includes(value))
  );
};

/** Whether a rule matches whatever the other does. Both are of one direction and about the same ends. */
export const ruleCovers = (wide: Rule, narrow: Rule): boolean =>
  endsCover(wide.from, narrow.from) &&
  endsCover(wide.to, narrow.to) &&
  listCovers(wide.traffic, narrow.traffic, (one, other) =>
    trafficCovers(one, other, () => isEqual([wide.from, wide.to], [narrow.from, narrow.to])),
  );

const listCovers = <Match>(
  wide: string | readonly Match[],
  narrow: string | readonly Match[],
  covers: (wide: Match, narrow: Match) => boolean,
): boolean => {
  if (typeof wide === 'string') return true;
  if (typeof narrow === 'string') return false;
  return narrow.every((each) => wide.some((other) => covers(other, each)));
};

const endsCover = (wide: Rule['from'], narrow: Rule['from']): boolean =>
  listCovers(wide, narrow, endCovers);

const endCovers = (wide: EndMatch, narrow: EndMatch): boolean => {
  const { labels, notLabels, nets, notNets = [], service, nodes, domains } = wide;
  return (
    optional(labels, narrow.labels, follows) &&
    optional(notLabels, narrow.notLabels, (one, other) => follows(other, one)) &&
    optional(nets, narrow.nets, (ones, others) =>
      others.every((other) => ones.some((one) => prefixCovers(one, other))),
    ) &&
    notNets.every((one) => (narrow.notNets ?? []).some((other) => prefixCovers(other, one))) &&
    optional(service, narrow.service, isEqual) &&
    optional(nodes, narrow.nodes, follows) &&
    optional(domains, narrow.domains, isEqual)
  );
};

/** Names of ports mean the same only where the ends do. */
const trafficCovers = (
  wide: TrafficMatch,
  narrow: TrafficMatch,
  sameEnds: () => boolean,
): boolean => {
  const { family, protocol, notProtocol, icmp, notIcmp, ports, notPorts } = wide;
  const covers = (ones: readonly PortMatch[], others: readonly PortMatch[]) =>
    others.every((other) => ones.some((one) => portCovers(one, other, sameEnds)));
  const spares = (ones: readonly PortMatch[], others: readonly PortMatch[]) => covers(others, ones);
  return (
    optional(family, narrow.family, isEqual) &&
    optional(protocol, narrow.protocol, isEqual) &&
    (notProtocol === undefined ||
      notProtocol === narrow.notProtocol ||
      (narrow.protocol !== undefined && narrow.protocol !== notProtocol)) &&
    optional(
      icmp,
      narrow.icmp,
      (one, other) => one.type === other.type && optional(one.code, other.code, isEqual),
    ) &&
    optional(notIcmp, narrow.notIcmp, isEqual) &&
    optional(ports, narrow.ports, covers) &&
    optional(notPorts, narrow.notPorts, spares) &&
    optional(wide.sourcePorts, narrow.sourcePorts, covers) &&
    optional(wide.notSourcePorts, narrow.notSourcePorts, spares)
  );
};

const portCovers = (wide: PortMatch, narrow: PortMatch, sameEnds: () => boolean): boolean => {
  if ('name' in wide) return isEqual(wide, narrow) && sameEnds();
  return 'first' in narrow && wide.first <= narrow.first && narrow.last <= wide.last;
};

/** What is not asked is not in the way. */
const optional = <Value>(
  wide: Value | undefined,
  narrow: Value | undefined,
  covers: (wide: Value, narrow: Value) => boolean,
): boolean => wide === undefined || (narrow !== undefined && covers(wide, narrow));

const isEqual = (one: unknown, other: unknown): boolean =>
  one === other || textOf(one) === textOf(other);

/** IPv6 addresses are bigints, which JSON does not know. */
const textOf = (value: unknown): string | undefined =>
  JSON.stringify(value, (_key, each: unknown) => (typeof each === 'bigint' ? `${each}n` : each));
