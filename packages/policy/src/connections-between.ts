import type { PortProtocol } from '@podpath/cluster';
import { IpProtocol } from '@podpath/net';
import {
  type ConnectionSet,
  EVERYTHING_ALLOWED,
  LAST_PORT,
  type PortRange,
} from './connection-set.ts';
import { type Judge, tiersAsked } from './judge.ts';
import type { PolicyModel, Rule } from './model.ts';
import type { Party } from './parties.ts';

/**
 * Everything that may be opened between two ends. A verdict can change only at a port where some rule's
 * range begins or has just ended, so judging those ports judges all of them.
 */
export const connectionsBetween = (judge: Judge, from: Party, to: Party): ConnectionSet => {
  const asked = tiersAsked(judge, from, to);
  const free = from.host === undefined && to.host === undefined;
  if (asked.length === 0 && free) return EVERYTHING_ALLOWED;
  const rules = [
    ...asked.flatMap(({ policies }) => policies.flatMap((each) => each.rules)),
    ...(free ? [] : hostRules(judge.model)),
  ];

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

type PortRule = Pick<Rule, 'traffic' | 'to'>;

/** What host endpoints go by besides their policies. */
const hostRules = ({ profiles, failsafes }: PolicyModel): readonly PortRule[] => [
  ...[...profiles.values()].flatMap(({ ingress, egress }) => [...ingress, ...egress]),
  { traffic: [...failsafes.ingress, ...failsafes.egress], to: 'anyone' },
];

const rangeStarts = (
  rules: readonly PortRule[],
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
