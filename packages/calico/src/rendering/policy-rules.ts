import type { IpFamily } from '@podpath/net';
import type { PolicyDirection } from '../names/chain-names.ts';
import { ipsetName } from '../names/ipset-names.ts';
import { type NflogAction, type NflogOwner, ruleNflogPrefix } from '../names/nflog-prefix.ts';
import type { ActiveRule, EndMatch } from '../policies/active-rule.ts';
import { ruleForFamily } from './family-filter.ts';
import { markSet } from './felix-match.ts';
import { type FelixAction, type FelixRule, RETURN, setMark } from './felix-rule.ts';
import { type End, MatchBlocks } from './match-blocks.ts';
import { splitPorts } from './port-split.ts';
import { denyAction, type RenderConfig } from './render-config.ts';
import { ruleMatch } from './rule-match.ts';

/** What a rule belongs to; flow logs name it. */
export interface RuleOwner {
  readonly kind: NflogOwner;
  readonly direction: PolicyDirection;
  readonly id: string;
}

/** NFLOG groups that Felix listens on. */
export const NFLOG_GROUP = { ingress: 1, egress: 2 } as const;

/**
 * The iptables rules that one rule of a policy or profile becomes for a family: match blocks when it
 * needs them, a rule that marks what matches, and rules that act on the mark.
 * Follows `ProtoRuleToIptablesRules` in felix/rules/policy.go.
 */
export const renderRule = (
  rule: ActiveRule,
  index: number,
  owner: RuleOwner,
  family: IpFamily,
  config: RenderConfig,
): readonly FelixRule[] => {
  const filtered = ruleForFamily(rule, family);
  if (filtered === undefined) return [];
  const blocks = new MatchBlocks(config.marks);
  const rest = moveIntoBlocks(filtered, blocks, family);
  const usesBlocks = blocks.rules.length > 0;
  const match = [
    ...ruleMatch(rest, family),
    ...(usesBlocks ? [markSet(config.marks.scratch0)] : []),
  ];
  if (rule.action === 'log') {
    return [...blocks.rules, { match, action: { kind: 'log', prefix: config.logPrefix } }];
  }
  const { mark, letter, verdict } = outcomeOf(rule.action, config);
  const marked = [markSet(mark)];
  return [
    ...blocks.rules,
    { match, action: setMark(mark) },
    ...(config.flowLogs ? [{ match: marked, action: nflog(letter, owner, index) }] : []),
    { match: marked, action: verdict },
  ];
};

const outcomeOf = (
  action: 'allow' | 'deny' | 'pass',
  config: RenderConfig,
): { mark: number; letter: NflogAction; verdict: FelixAction } => {
  switch (action) {
    case 'allow':
      return { mark: config.marks.accept, letter: 'A', verdict: RETURN };
    case 'pass':
      return { mark: config.marks.pass, letter: 'P', verdict: RETURN };
    case 'deny':
      return { mark: config.marks.drop, letter: 'D', verdict: denyAction(config) };
  }
};

const nflog = (letter: NflogAction, owner: RuleOwner, index: number): FelixAction => ({
  kind: 'nflog',
  group: NFLOG_GROUP[owner.direction],
  prefix: ruleNflogPrefix(letter, owner.kind, owner.direction, index, owner.id),
});

/** Ports first, then nets, then excluded nets: positive blocks come before negative ones. */
const moveIntoBlocks = (rule: ActiveRule, blocks: MatchBlocks, family: IpFamily): ActiveRule => {
  let { source, destination } = rule;
  source = movePorts('source', source, rule.protocol, blocks, family);
  destination = movePorts('destination', destination, rule.protocol, blocks, family);
  source = moveNets('source', source, blocks);
  destination = moveNets('destination', destination, blocks);
  source = moveNotNets('source', source, blocks);
  destination = moveNotNets('destination', destination, blocks);
  return { ...rule, source, destination };
};

const movePorts = (
  end: End,
  match: EndMatch,
  protocol: string | number | undefined,
  blocks: MatchBlocks,
  family: IpFamily,
): EndMatch => {
  const splits = splitPorts(match.ports ?? []);
  const named = match.namedPortIpsets ?? [];
  if (splits.length + named.length <= 1) return match;
  blocks.anyPort(
    end,
    protocol,
    splits,
    named.map((id) => ipsetName(family, id)),
  );
  const { ports: _ports, namedPortIpsets: _named, ...rest } = match;
  return rest;
};

const moveNets = (end: End, match: EndMatch, blocks: MatchBlocks): EndMatch => {
  const { nets = [], ...rest } = match;
  if (nets.length <= 1) return match;
  blocks.anyNet(end, nets);
  return rest;
};

/** One net fits beside nothing else: an excluded net beside another net, excluded or not, needs a block. */
const moveNotNets = (end: End, match: EndMatch, blocks: MatchBlocks): EndMatch => {
  const { notNets = [], ...rest } = match;
  if (notNets.length === 0 || notNets.length + (match.nets ?? []).length <= 1) return match;
  blocks.noNet(end, notNets);
  return rest;
};
