import { endpointChainName, type PolicyDirection, profileChainName } from '../names/chain-names.ts';
import { endOfTierNflogPrefix, noProfileNflogPrefix } from '../names/nflog-prefix.ts';
import {
  conntrack,
  destinationPort,
  markClear,
  markSet,
  protocol,
} from '../rendering/felix-match.ts';
import {
  clearMark,
  type FelixChain,
  type FelixMatch,
  type FelixRule,
  jump,
  RETURN,
  setMark,
} from '../rendering/felix-rule.ts';
import { NFLOG_GROUP } from '../rendering/policy-rules.ts';
import {
  denyAction,
  denyWord,
  filterAllowAction,
  type RenderConfig,
} from '../rendering/render-config.ts';
import { enforced, groupTargets, type PolicyGroup } from './policy-groups.ts';
import { PROTOCOL } from './static-chain-names.ts';

/** The policies of one tier that apply to an endpoint. */
export interface EndpointTier {
  readonly name: string;
  /** What happens to a packet that none of the tier's policies decided on. */
  readonly defaultAction: 'deny' | 'pass';
  readonly ingress: readonly PolicyGroup[];
  readonly egress: readonly PolicyGroup[];
}

/** A workload's interface on its host, and what applies to it. */
export interface WorkloadEndpoint {
  readonly interfaceName: string;
  readonly adminUp: boolean;
  readonly tiers: readonly EndpointTier[];
  readonly profiles: readonly string[];
}

/** Chains for packets to (`cali-tw-`) and from (`cali-fw-`) a workload. Follows felix/rules/endpoints.go. */
export const workloadChains = (
  endpoint: WorkloadEndpoint,
  config: RenderConfig,
): readonly FelixChain[] => [
  {
    name: endpointChainName('cali-tw-', endpoint.interfaceName),
    rules: endpointRules(endpoint, 'ingress', config),
  },
  {
    name: endpointChainName('cali-fw-', endpoint.interfaceName),
    rules: endpointRules(endpoint, 'egress', config),
  },
];

const endpointRules = (
  endpoint: WorkloadEndpoint,
  direction: PolicyDirection,
  config: RenderConfig,
): readonly FelixRule[] => {
  const { marks } = config;
  if (!endpoint.adminUp) {
    return [{ action: denyAction(config), comments: ['Endpoint admin disabled'] }];
  }
  return [
    ...conntrackRules(config),
    { action: clearMark((marks.accept | marks.pass) >>> 0) },
    ...(direction === 'egress' ? encapsulationRules(config) : []),
    ...endpoint.tiers.flatMap((tier) => tierRules(tier, direction, config)),
    ...profileRules(endpoint.profiles, direction, config),
  ];
};

/** Policy decides on connections, not packets: what belongs to one that was allowed goes on. */
const conntrackRules = (config: RenderConfig): readonly FelixRule[] => {
  const established = [conntrack('RELATED', 'ESTABLISHED')];
  const flagAccepted =
    config.filterAllow === 'accept'
      ? []
      : [{ match: established, action: setMark(config.marks.accept) }];
  return [
    ...flagAccepted,
    { match: established, action: filterAllowAction(config) },
    ...(config.dropInvalid ? [{ match: [conntrack('INVALID')], action: denyAction(config) }] : []),
  ];
};

/** A workload that could encapsulate for itself could write any source it likes inside. */
const encapsulationRules = (config: RenderConfig): readonly FelixRule[] => {
  const deny = (name: string, match: readonly FelixMatch[]): FelixRule => ({
    match,
    action: denyAction(config),
    comments: [`${denyWord(config)} ${name} encapped packets originating in workloads`],
  });
  const toVxlanPort = [protocol(PROTOCOL.udp), destinationPort(config.vxlanPort)];
  return [
    ...(config.allowVxlanFromWorkloads ? [] : [deny('VXLAN', toVxlanPort)]),
    ...(config.allowIpipFromWorkloads ? [] : [deny('IPinIP', [protocol(PROTOCOL.ipip)])]),
  ];
};

const tierRules = (
  tier: EndpointTier,
  direction: PolicyDirection,
  config: RenderConfig,
): readonly FelixRule[] => {
  const { marks } = config;
  const groups = tier[direction];
  if (groups.length === 0) return [];
  return [
    { action: clearMark(marks.pass), comments: [`Start of tier ${tier.name}`] },
    ...groups.flatMap((group) =>
      groupTargets(direction, group).flatMap((chain): readonly FelixRule[] => [
        { match: [markClear(marks.pass)], action: jump(chain) },
        {
          match: [markSet(marks.accept)],
          action: RETURN,
          comments: ['Return if policy accepted'],
        },
      ]),
    ),
    ...endOfTierRules(tier, groups, direction, config),
  ];
};

const endOfTierRules = (
  tier: EndpointTier,
  groups: readonly PolicyGroup[],
  direction: PolicyDirection,
  config: RenderConfig,
): readonly FelixRule[] => {
  const denies =
    tier.defaultAction === 'deny' && groups.some((group) => enforced(group).length > 0);
  const match = [markClear(config.marks.pass)];
  const prefix = endOfTierNflogPrefix(denies ? 'D' : 'P', direction, tier.name);
  const word = denyWord(config);
  const comments = [`End of tier ${tier.name}. ${word} if no policies passed packet`];
  return [
    ...flowLog(match, prefix, direction, config),
    ...(denies ? [{ match, action: denyAction(config), comments }] : []),
  ];
};

const profileRules = (
  profiles: readonly string[],
  direction: PolicyDirection,
  config: RenderConfig,
): readonly FelixRule[] => [
  ...profiles.flatMap((profile): readonly FelixRule[] => [
    { action: jump(profileChainName(direction, profile)) },
    {
      match: [markSet(config.marks.accept)],
      action: RETURN,
      comments: ['Return if profile accepted'],
    },
  ]),
  ...flowLog([], noProfileNflogPrefix(direction), direction, config),
  { action: denyAction(config), comments: [`${denyWord(config)} if no profiles matched`] },
];

const flowLog = (
  match: readonly FelixMatch[],
  prefix: string,
  direction: PolicyDirection,
  config: RenderConfig,
): readonly FelixRule[] =>
  config.flowLogs
    ? [{ match, action: { kind: 'nflog', group: NFLOG_GROUP[direction], prefix } }]
    : [];
