import { familyOf } from '@podpath/net';
import type { PolicyFlow } from './flow.ts';
import { hostStops } from './host-stops.ts';
import type { Host } from './hosts.ts';
import { judgeTiers, matchingRules } from './judge-tier.ts';
import type { PolicyModel, Stage } from './model.ts';
import type { Party } from './parties.ts';
import { ECHO_REQUEST, hasPorts, isIcmp, protocolNumber } from './protocols.ts';
import { type Traffic, trafficMatches } from './rule-match.ts';
import { createSelection, type SelectingTier, type Selection, type Subject } from './selection.ts';
import type { Direction, DirectionVerdict, HostVerdict, RuleRef, Verdict } from './verdict.ts';

/** What is asked besides the ends. */
type Asked = Pick<PolicyFlow, 'protocol' | 'port' | 'sourcePort' | 'icmp'>;

/** Judges connections between resolved ends. */
export interface Judge {
  readonly model: PolicyModel;
  readonly selection: Selection;
  verdict(from: Party, to: Party, asked: Asked): Verdict;
}

/** Each end is judged by its own policies alone, each node on the way by its host endpoint's, and all have to allow. */
export const createJudge = (model: PolicyModel): Judge => {
  const selection = createSelection(model);

  const judgeEnd = (
    direction: Direction,
    self: Party,
    other: Party,
    traffic: Traffic,
  ): DirectionVerdict => {
    const subject = subjectOf(self);
    if (subject === undefined) return { allowed: true, reason: 'not-policed' };
    if (isExempt(self, other)) return { allowed: true, reason: 'exempt' };
    if (self.pod === undefined && self.host !== undefined) {
      return judgeHost(self.host, direction, STAGES[direction], traffic);
    }
    const passed: RuleRef[] = [];
    const verdict = judgeTiers(selection.of(subject, direction), traffic, passed);
    return withPassed(verdict ?? { allowed: true, reason: 'not-isolated' }, passed);
  };

  const judgeHost = (
    host: Host,
    direction: Direction,
    stages: readonly Stage[],
    traffic: Traffic,
  ): DirectionVerdict => {
    const forwards = stages.includes('forward');
    const failsafe = model.failsafes[direction].some((match) => trafficMatches(match, traffic));
    const passed: RuleRef[] = [];
    for (const stage of stages) {
      if (failsafe && stage !== 'forward') {
        if (!forwards) return { allowed: true, reason: 'failsafe' };
        continue;
      }
      const early = stage === 'untracked' || stage === 'pre-dnat';
      const tiers = selection.of({ key: host.endpoint, thing: host.thing }, direction, stage);
      const verdict = judgeTiers(tiers, traffic, passed, early);
      if (verdict !== undefined) return withPassed(verdict, passed);
    }
    const last: DirectionVerdict = forwards
      ? { allowed: true, reason: 'not-isolated' }
      : judgeProfiles(host, direction, traffic);
    return withPassed(last, passed);
  };

  const judgeProfiles = (host: Host, direction: Direction, traffic: Traffic): DirectionVerdict => {
    for (const name of host.endpoint.profiles) {
      const matching = matchingRules(model.profiles.get(name)?.[direction] ?? [], traffic);
      const [first] = matching;
      if (first?.action === 'deny') {
        return { allowed: false, reason: 'denied-by-rule', tier: PROFILES, rule: first.ref };
      }
      if (first !== undefined) {
        const rules = matching.filter(({ action }) => action === 'allow').map(({ ref }) => ref);
        return { allowed: true, reason: 'allowed-by-rule', tier: PROFILES, rules, isolatedBy: [] };
      }
    }
    return { allowed: false, reason: 'no-profile' };
  };

  return {
    model,
    selection,
    verdict: (from, to, asked) => {
      const traffic = trafficOf(from, to, asked);
      const egress = judgeEnd('egress', from, to, traffic);
      const ingress = judgeEnd('ingress', to, from, traffic);
      const hosts = hostStops(from, to).map(
        ({ node, host, direction, stages }): HostVerdict => ({
          node,
          hostEndpoint: host.endpoint.name,
          ...(host.endpoint.source === undefined ? {} : { source: host.endpoint.source }),
          direction,
          verdict: judgeHost(host, direction, stages, traffic),
        }),
      );
      const allowed =
        egress.allowed && ingress.allowed && hosts.every(({ verdict }) => verdict.allowed);
      return { allowed, egress, ingress, ...(hosts.length === 0 ? {} : { hosts }) };
    },
  };
};

/** Stands in verdicts where a profile decided. */
const PROFILES = 'profiles';

const STAGES: Readonly<Record<Direction, readonly Stage[]>> = {
  ingress: ['untracked', 'pre-dnat', 'endpoint'],
  egress: ['untracked', 'endpoint'],
};

/** What policies may be about at an end; nothing outside, and no node without a host endpoint. */
export const subjectOf = ({ pod, node, host, things: [first] }: Party): Subject | undefined => {
  if (pod !== undefined && first !== undefined) return { key: pod, thing: first };
  if (node === undefined || host === undefined) return undefined;
  return { key: host.endpoint, thing: host.thing };
};

/** The tiers that are asked at an end and on the way, for those who need to know what a verdict may depend on. */
export const tiersAsked = (
  { selection }: Judge,
  from: Party,
  to: Party,
): readonly SelectingTier[] => {
  const ofEnd = (direction: Direction, self: Party, other: Party) => {
    const subject = subjectOf(self);
    if (subject === undefined || isExempt(self, other)) return [];
    const stages = self.pod === undefined ? STAGES[direction] : (['endpoint'] as const);
    return stages.flatMap((stage) => selection.of(subject, direction, stage));
  };
  return [
    ...ofEnd('egress', from, to),
    ...ofEnd('ingress', to, from),
    ...hostStops(from, to).flatMap(({ host, direction, stages }) =>
      stages.flatMap((stage) =>
        selection.of({ key: host.endpoint, thing: host.thing }, direction, stage),
      ),
    ),
  ];
};

/** A pod's traffic to itself never leaves it, and a node and its own pods always reach each other. */
export const isExempt = (self: Party, other: Party): boolean =>
  (self.pod !== undefined && self.pod === other.pod) ||
  (self.location !== undefined &&
    self.location === other.location &&
    (self.node !== undefined || other.node !== undefined));

/** The first of the ports that Linux gives to whoever wants none in particular. */
const FIRST_EPHEMERAL_PORT = 32_768;

const trafficOf = (from: Party, to: Party, asked: Asked): Traffic => {
  const family = familyOf(to.address);
  const protocol = protocolNumber(asked.protocol, family);
  const { port, sourcePort = FIRST_EPHEMERAL_PORT, icmp = ECHO_REQUEST[family] } = asked;
  return {
    from,
    to,
    family,
    protocol,
    ...(hasPorts(protocol) ? { sourcePort, port } : {}),
    ...(isIcmp(protocol) ? { icmp } : {}),
  };
};

const withPassed = (verdict: DirectionVerdict, passed: readonly RuleRef[]): DirectionVerdict =>
  passed.length === 0 ? verdict : { ...verdict, passed };
