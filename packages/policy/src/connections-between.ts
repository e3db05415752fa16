import type { PortProtocol } from '@podpath/cluster';
import { IpProtocol } from '@podpath/net';
import {
  type ConnectionSet,
  EVERYTHING_ALLOWED,
  LAST_PORT,
  NOTHING_ALLOWED,
  PORT_PROTOCOLS,
  type PortRange,
} from './connection-set.ts';
import { type Judge, tiersAsked } from './judge.ts';
import type { PolicyModel, Rule } from './model.ts';
import type { Party } from './parties.ts';
import type { Verdict } from './verdict.ts';

/** Everything that may be opened between two ends. */
export const connectionsBetween = (judge: Judge, from: Party, to: Party): ConnectionSet => {
  if (isUnpoliced(judge, from, to)) return EVERYTHING_ALLOWED;
  const parts = partTraffic(judge, from, to, ({ allowed }) => allowed);
  return parts.get(true)?.traffic ?? NOTHING_ALLOWED;
};

/** Traffic between two ends of which one thing is said. */
export interface JudgedTraffic {
  /** The verdict on all of it, or on the first of it where `partTraffic` was told that the rest is alike. */
  readonly verdict: Verdict;
  readonly traffic: ConnectionSet;
}

/**
 * Parts all traffic between two ends by something about its verdict, in the order TCP, UDP, SCTP, ICMP and of ports. A
 * verdict can change only at a port where some rule's range begins or has just ended, so judging those ports judges all.
 */
export const partTraffic = <Key>(
  judge: Judge,
  from: Party,
  to: Party,
  keyOf: (verdict: Verdict) => Key,
): ReadonlyMap<Key, JudgedTraffic> => {
  const rules = rulesAsked(judge, from, to);
  const parts = new Map<Key, { verdict: Verdict; traffic: Growing }>();
  const partOf = (verdict: Verdict): Growing => {
    const key = keyOf(verdict);
    let part = parts.get(key);
    if (part === undefined) {
      part = { verdict, traffic: { TCP: [], UDP: [], SCTP: [], ICMP: false } };
      parts.set(key, part);
    }
    return part.traffic;
  };
  for (const protocol of PORT_PROTOCOLS) {
    const starts = rangeStarts(rules, protocol, to);
    for (const [index, first] of starts.entries()) {
      const last = (starts[index + 1] ?? LAST_PORT + 1) - 1;
      const ranges = partOf(judge.verdict(from, to, { protocol, port: first }))[protocol];
      const previous = ranges.at(-1);
      if (previous?.last === first - 1) ranges.splice(-1, 1, { first: previous.first, last });
      else ranges.push({ first, last });
    }
  }
  partOf(judge.verdict(from, to, { protocol: 'ICMP', port: 0 })).ICMP = true;
  return parts;
};

type Growing = Record<PortProtocol, PortRange[]> & { ICMP: boolean };

const isUnpoliced = (judge: Judge, from: Party, to: Party): boolean =>
  from.host === undefined && to.host === undefined && tiersAsked(judge, from, to).length === 0;

type PortRule = Pick<Rule, 'traffic' | 'to'>;

const rulesAsked = (judge: Judge, from: Party, to: Party): readonly PortRule[] => [
  ...tiersAsked(judge, from, to).flatMap(({ policies }) => policies.flatMap((each) => each.rules)),
  ...(from.host === undefined && to.host === undefined ? [] : hostRules(judge.model)),
];

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
    starts.add(Math.max(first, 1));
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
