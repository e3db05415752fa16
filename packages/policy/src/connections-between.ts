import type { PortProtocol } from '@podpath/cluster';
import { IpProtocol } from '@podpath/net';
import {
  type ConnectionSet,
  EVERYTHING_ALLOWED,
  LAST_PORT,
  type PortRange,
} from './connection-set.ts';
import { isExempt, type Judge } from './judge.ts';
import type { Rule } from './model.ts';
import type { Party } from './parties.ts';
import type { SelectingTier } from './selection.ts';

/**
 * Everything that may be opened between two ends. A verdict can change only at a port where some rule's
 * range begins or has just ended, so judging those ports judges all of them.
 */
export const connectionsBetween = (judge: Judge, from: Party, to: Party): ConnectionSet => {
  const asked = [
    ...tiersThatCount(judge, from, to, 'egress'),
    ...tiersThatCount(judge, to, from, 'ingress'),
  ];
  if (asked.length === 0) return EVERYTHING_ALLOWED;
  const rules = asked.flatMap(({ policies }) => policies.flatMap((each) => each.rules));

  const allowedPorts = (protocol: PortProtocol): readonly PortRange[] => {
    const starts = rangeStarts(rules, protocol, to);
    const ranges: PortRange[] = [];
    for (const [index, first] of starts.entries()) {
      if (!judge.verdict(from, to, { protocol, port: first }).allowed) continue;
      const last = (starts[index + 1] ?? LAST_PORT + 1) - 1;
      const previous = ranges.at(-1);
      if (previous?.last === first - 1) ranges.splice(-1, 1, { first: previous.first, last });
      else ranges.push({ first, last });
    }
    return ranges;
  };

  return {
    TCP: allowedPorts('TCP'),
    UDP: allowedPorts('UDP'),
    SCTP: allowedPorts('SCTP'),
    ICMP: judge.verdict(from, to, { protocol: 'ICMP', port: 0 }).allowed,
  };
};

const tiersThatCount = (
  { selection }: Judge,
  self: Party,
  other: Party,
  direction: 'ingress' | 'egress',
): readonly SelectingTier[] =>
  self.pod === undefined || isExempt(self.pod, other) ? [] : selection.of(self, direction);

const rangeStarts = (
  rules: readonly Rule[],
  protocol: PortProtocol,
  destination: Party,
): readonly number[] => {
  const starts = new Set([1]);
  const add = (first: number, last: number) => {
    starts.add(first);
    if (last < LAST_PORT) starts.add(last + 1);
  };
  const declared = destination.things.flatMap(({ ports }) => ports);
  for (const { traffic, to } of rules) {
    for (const match of traffic === 'any' ? [] : traffic) {
      if (match.protocol !== undefined && match.protocol !== IpProtocol[protocol]) continue;
      for (const port of [...(match.ports ?? []), ...(match.notPorts ?? [])]) {
        if ('first' in port) add(port.first, port.last);
        else for (const each of declared) if (each.name === port.name) add(each.port, each.port);
      }
    }
    if (to !== 'anyone' && to.some(({ service }) => service !== undefined)) {
      for (const { port } of destination.known.servicesAt(destination.address)) {
        if (port !== undefined) add(port, port);
      }
    }
  }
  return [...starts].toSorted((a, b) => a - b);
};
