import {
  type EndpointTier,
  type FelixChain,
  filterChains,
  groupTargets,
  mangleChains,
  natChains,
  natOutgoingChain,
  type PolicyGroup,
  policyGroupChain,
  rawChains,
  workloadChains,
  workloadDispatchChains,
} from '@podpath/calico/conformance';
import type { IpFamily } from '@podpath/net';
import { z } from 'zod';
import { policyIdSchema } from './policy-id.ts';
import { renderConfig, type VectorConfig } from './render-config.ts';

/** One call of Felix's renderer, as the vectors write it down. */
export const callSchema = z.object({
  fn: z.string(),
  args: z.array(z.unknown()),
  /** Which of the chains that come back is meant. */
  chain: z.string().optional(),
  /** Which part of what comes back is meant, in Go's spelling: `[0].Rules`. */
  select: z.string().optional(),
});

export type ChainCall = z.output<typeof callSchema>;

/** What a call gives, or what podpath lacks for it. */
export type ChainAnswer = { readonly chains: readonly FelixChain[] } | { readonly lacks: string };

const IPVS = 'kube-proxy in IPVS mode';
const HOST_ENDPOINTS = 'host endpoints';

const family = z.union([z.literal(4), z.literal(6)]);

export const answerCall = (call: ChainCall, config: VectorConfig): ChainAnswer => {
  const lacks = lacking(call, config);
  if (lacks !== undefined) return { lacks };
  const answer = render(call, config);
  if ('lacks' in answer || call.chain === undefined) return answer;
  return { chains: answer.chains.filter(({ name }) => name === call.chain) };
};

const render = ({ fn, args }: ChainCall, vector: VectorConfig): ChainAnswer => {
  const config = renderConfig(vector);
  const fixed = (
    make: (of: IpFamily, settings: typeof config) => readonly FelixChain[],
    of: unknown,
  ) => ({
    chains: make(family.parse(of), config),
  });
  const one = (answer: { chains: readonly FelixChain[] }, name: string) => ({
    chains: answer.chains.filter((chain) => chain.name === name),
  });
  switch (fn) {
    case 'StaticFilterTableChains':
      return fixed(filterChains, args[0]);
    case 'StaticRawTableChains':
      return fixed(rawChains, args[0]);
    case 'StaticRawOutputChain':
      return one(fixed(rawChains, args[1]), 'cali-OUTPUT');
    case 'StaticMangleTableChains':
      return fixed(mangleChains, args[0]);
    case 'StaticManglePreroutingChain':
      return one(fixed(mangleChains, args[0]), 'cali-PREROUTING');
    case 'StaticManglePostroutingChain':
      return one(fixed(mangleChains, args[0]), 'cali-POSTROUTING');
    case 'StaticNATTableChains':
      return fixed(natChains, args[0]);
    case 'StaticNATPreroutingChains':
      return one(fixed(natChains, args[0]), 'cali-PREROUTING');
    case 'StaticNATPostroutingChains':
      return one(fixed(natChains, args[0]), 'cali-POSTROUTING');
    case 'StaticNATOutputChains':
      return one(fixed(natChains, args[0]), 'cali-OUTPUT');
    case 'NATOutgoingChain':
      return { chains: [natOutgoingChain(args[0] === true, family.parse(args[1]), config)] };
    case 'WorkloadDispatchChains':
      return { chains: workloadDispatchChains(interfaceNames.parse(args[0]), config) };
    case 'WorkloadEndpointToIptablesChains':
      return workloadEndpoint(args, config);
    case 'PolicyGroupToIptablesChains':
      return policyGroup(args[0], config);
    default:
      return { lacks: fn };
  }
};

/** What the call or its configuration asks for that podpath does not emulate. */
const lacking = ({ fn, args, chain }: ChainCall, config: VectorConfig): string | undefined => {
  const ipv4 = args[0] === 4;
  const of = (...names: readonly string[]) => chain !== undefined && names.includes(chain);
  if (config.BPFEnabled === true || fn.includes('BPF')) return "Felix's eBPF data plane";
  if (/Host(Endpoint|Dispatch)/.test(fn)) return HOST_ENDPOINTS;
  if (fn === 'EndpointMarkDispatchChains') return IPVS;
  const ipvs = config.KubeIPVSSupportEnabled === true;
  const ipvsMatters =
    fn === 'WorkloadEndpointToIptablesChains' ||
    fn === 'StaticManglePostroutingChain' ||
    (fn === 'StaticFilterTableChains' &&
      !of('cali-FORWARD', 'cali-failsafe-in', 'cali-failsafe-out', 'cali-wl-to-host'));
  if ((ipvs && ipvsMatters) || of('cali-forward-check', 'cali-forward-endpoint-mark')) return IPVS;
  const tunnelled =
    (fn === 'StaticFilterTableChains' && of('cali-INPUT', 'cali-OUTPUT')) ||
    (config.IPIPTunnelAddress != null &&
      (fn === 'StaticNATPostroutingChains' ||
        (fn === 'StaticNATTableChains' && !of('cali-OUTPUT', 'cali-PREROUTING'))));
  if (config.IPIPEnabled === true && ipv4 && tunnelled) return 'IPIP';
  const openStack =
    (fn === 'StaticRawTableChains' && ipv4) ||
    (fn === 'StaticFilterTableChains' && of('cali-wl-to-host')) ||
    (fn === 'StaticNATPreroutingChains' && ipv4);
  if (config.OpenStackSpecialCasesEnabled === true && openStack) return 'OpenStack';
  const wireguard = config.WireguardEnabled === true || config.WireguardEnabledV6 === true;
  if (wireguard || args[0] === null || of('cali-wireguard-incoming-mark')) {
    return fn.startsWith('Static') ? 'WireGuard' : undefined;
  }
  return undefined;
};

const interfaceNames = z
  .array(z.object({ value: z.object({ Name: z.string() }) }))
  .nullable()
  .transform((endpoints) => (endpoints ?? []).map(({ value }) => value.Name));

const goPolicyId = z
  .object({ Name: z.string(), Namespace: z.string().default(''), Kind: z.string().default('') })
  .transform(({ Name, Namespace, Kind }) => ({ name: Name, namespace: Namespace, kind: Kind }));

const goGroup = z.object({
  Direction: z.enum(['inbound', 'outbound']).default('inbound'),
  Selector: z.string().default(''),
  Policies: z.array(goPolicyId),
});

const goGroups = z
  .array(goGroup)
  .nullish()
  .transform((groups) => groups ?? []);

const goTiers = z
  .array(
    z.object({
      Name: z.string(),
      DefaultAction: z.string().nullish(),
      IngressPolicies: goGroups,
      EgressPolicies: goGroups,
    }),
  )
  .nullable()
  .transform((tiers) => tiers ?? []);

type GoGroup = z.output<typeof goGroup>;

/** `undefined` when a policy of the group has no kind: there is no such policy outside of tests. */
const groupOf = ({ Selector, Policies }: GoGroup): PolicyGroup | undefined => {
  const policies = z.array(policyIdSchema).safeParse(Policies);
  return policies.success ? { selector: Selector, policies: policies.data } : undefined;
};

const NO_KIND = 'policies without a kind';

const workloadEndpoint = (
  args: readonly unknown[],
  config: ReturnType<typeof renderConfig>,
): ChainAnswer => {
  const [interfaceName, , adminUp, tiers, profiles, qos] = args;
  if (qos != null) return { lacks: 'QoS controls' };
  const parsed: EndpointTier[] = [];
  for (const tier of goTiers.parse(tiers)) {
    const ingress = tier.IngressPolicies.map(groupOf);
    const egress = tier.EgressPolicies.map(groupOf);
    if (!ingress.every(isKnown) || !egress.every(isKnown)) return { lacks: NO_KIND };
    const defaultAction = tier.DefaultAction === 'Pass' ? 'pass' : 'deny';
    parsed.push({ name: tier.Name, defaultAction, ingress, egress });
  }
  return {
    chains: workloadChains(
      {
        interfaceName: z.string().parse(interfaceName),
        adminUp: adminUp === true,
        tiers: parsed,
        profiles: z.array(z.string()).nullish().parse(profiles) ?? [],
      },
      config,
    ),
  };
};

const isKnown = (group: PolicyGroup | undefined): group is PolicyGroup => group !== undefined;

const policyGroup = (
  argument: unknown,
  { marks }: ReturnType<typeof renderConfig>,
): ChainAnswer => {
  const parsed = goGroup.parse(argument);
  const group = groupOf(parsed);
  if (group === undefined) return { lacks: NO_KIND };
  const direction = parsed.Direction === 'inbound' ? 'ingress' : 'egress';
  const chain = policyGroupChain(direction, group, marks);
  // What an endpoint jumps to must be the chain that is made.
  const [target, ...more] = groupTargets(direction, group);
  return target === undefined || more.length > 0
    ? { lacks: 'groups whose policies are all staged' }
    : { chains: [chain] };
};
