import {
  appendedRulesChain,
  endOfTierNflogPrefix,
  endpointChainName,
  hostVethName,
  ipsetName,
  lengthLimitedId,
  noProfileNflogPrefix,
  policyChainName,
  policyGroupChainName,
  profileChainName,
  ruleHashes,
  ruleNflogPrefix,
  selectorIpsetId,
  vxlanMac,
  workloadEndpointName,
} from '@podpath/calico/conformance';
import { formatMac } from '@podpath/net';
import { z } from 'zod';
import { policyIdSchema } from '../calico/policy-id.ts';
import { check } from '../check.ts';
import { readVectors } from '../read-vectors.ts';
import type { CaseResult, Runner } from '../runner.ts';

const family = z.union([z.literal(4), z.literal(6)]);
const direction = z.enum(['I', 'E']).transform((d) => (d === 'I' ? 'ingress' : 'egress'));
const endpointPrefix = z.enum([
  'cali-tw-',
  'cali-fw-',
  'cali-th-',
  'cali-fh-',
  'cali-thfw-',
  'cali-fhfw-',
]);

const schema = z.object({
  veth: z.array(
    z.object({
      namespace: z.string(),
      pod: z.string(),
      prefixConfig: z.string().optional(),
      name: z.string(),
    }),
  ),
  lengthLimitedId: z.array(
    z.object({
      prefix: z.string(),
      suffix: z.string(),
      max: z.int(),
      id: z.string().optional(),
    }),
  ),
  chainNames: z.array(
    z.object({
      table: z.string(),
      prefix: z.string(),
      // Read case by case: a kind that podpath does not know must not hide the others.
      policy: z.unknown().optional(),
      profile: z.string().optional(),
      interface: z.string().optional(),
      chain: z.string(),
    }),
  ),
  ipsetNames: z.array(
    z.object({
      canonicalSelector: z.string().optional(),
      id: z.string().optional(),
      staticId: z.string().optional(),
      v4: z.string().optional(),
      v6: z.string().optional(),
    }),
  ),
  vxlanMac: z.array(z.object({ node: z.string(), ipVersion: family, mac: z.string() })),
  nflogPrefix: z.array(
    z.object({
      kind: z.string(),
      action: z.enum(['A', 'D', 'P']).optional(),
      owner: z.enum(['P', 'R']).optional(),
      dir: direction,
      index: z.int().optional(),
      id: z.string().optional(),
      tier: z.string().optional(),
      prefix: z.string(),
    }),
  ),
  policyGroupChains: z.array(
    z.object({
      direction: z.enum(['inbound', 'outbound']),
      selector: z.string(),
      policies: z.array(z.unknown()),
      chain: z.string(),
    }),
  ),
  ruleHash: z.array(
    z.object({
      chain: z.string(),
      appended: z.boolean(),
      rules: z.array(z.string()),
      hashes: z.array(z.string()),
    }),
  ),
  workloadEndpointName: z.array(
    z.object({
      name: z.string(),
      node: z.string(),
      orchestrator: z.string(),
      pod: z.string(),
      endpoint: z.string(),
    }),
  ),
});

type Vectors = z.output<typeof schema>;

/** The names that Calico gives: devices, chains, sets, log prefixes, and the hashes of rules. */
export const calicoNamesRunner: Runner = {
  subject: 'calico',
  accepts: (name) => name === 'calico-names.json',
  *run(set) {
    const vectors = readVectors(set, schema.partial());
    yield* each('veth', vectors.veth, ({ name, ...of }) => [
      name,
      () => hostVethName(of.namespace, of.pod, of.prefixConfig),
    ]);
    yield* each('lengthLimitedId', vectors.lengthLimitedId, ({ id, ...of }) => [
      id ?? 'no room',
      () => limitedId(of),
    ]);
    yield* (vectors.chainNames ?? []).map(chainName);
    yield* each('ipsetNames', vectors.ipsetNames, ({ v4, v6, ...of }) => [
      { v4, v6, id: of.id ?? of.staticId },
      () => {
        const id =
          of.canonicalSelector === undefined
            ? (of.id ?? of.staticId ?? '')
            : selectorIpsetId(of.canonicalSelector);
        return {
          v4: v4 === undefined ? v4 : ipsetName(4, id),
          v6: v6 === undefined ? v6 : ipsetName(6, id),
          id,
        };
      },
    ]);
    yield* each('vxlanMac', vectors.vxlanMac, ({ mac, node, ipVersion }) => [
      mac,
      () => formatMac(vxlanMac(node, ipVersion)),
    ]);
    yield* each('nflogPrefix', vectors.nflogPrefix, ({ prefix, ...of }) => [
      prefix,
      () => nflogPrefix(of),
    ]);
    yield* each('policyGroupChains', vectors.policyGroupChains, ({ chain, ...of }) => [
      chain,
      () =>
        policyGroupChainName(
          of.direction === 'inbound' ? 'ingress' : 'egress',
          of.selector,
          z.array(policyIdSchema).parse(of.policies),
        ),
    ]);
    yield* each('ruleHash', vectors.ruleHash, ({ chain, appended, rules, hashes }) => [
      hashes,
      // The vectors' rules have the word that stands for the hash in them already.
      () => ruleHashes(appended ? appendedRulesChain(chain) : chain, rules, (_, rule) => rule),
    ]);
    yield* each('workloadEndpointName', vectors.workloadEndpointName, ({ name, ...of }) => [
      name,
      () => workloadEndpointName(of.node, of.pod, of.endpoint, of.orchestrator),
    ]);
  },
};

function* each<Case>(
  list: string,
  cases: readonly Case[] | undefined,
  expectation: (one: Case) => readonly [expected: unknown, run: () => unknown],
): Generator<CaseResult> {
  for (const [index, one] of (cases ?? []).entries()) {
    const [expected, run] = expectation(one);
    yield check(`${list}[${index}]`, expected, run);
  }
}

const limitedId = ({ prefix, suffix, max }: { prefix: string; suffix: string; max: number }) => {
  try {
    return lengthLimitedId(prefix, suffix, max);
  } catch (error) {
    if (error instanceof RangeError) return 'no room';
    throw error;
  }
};

const chainName = (one: Vectors['chainNames'][number], index: number): CaseResult => {
  const id = `chainNames[${index}]`;
  if (one.table !== 'iptables') {
    return { id, outcome: 'not-supported', reason: `chains of ${one.table}` };
  }
  return check(id, one.chain, () => {
    const towards = /^cali-p(r?)i-$/.test(one.prefix) ? 'ingress' : 'egress';
    if (one.policy !== undefined) {
      return policyChainName(towards, policyIdSchema.parse(one.policy));
    }
    if (one.profile !== undefined) return profileChainName(towards, one.profile);
    return endpointChainName(endpointPrefix.parse(one.prefix), one.interface ?? '');
  });
};

const nflogPrefix = (one: Omit<Vectors['nflogPrefix'][number], 'prefix'>): string => {
  switch (one.kind) {
    case 'rule':
      return ruleNflogPrefix(
        one.action ?? 'A',
        one.owner === 'R' ? 'profile' : 'policy',
        one.dir,
        one.index ?? 0,
        one.id ?? '',
      );
    case 'endOfTierDrop':
      return endOfTierNflogPrefix('D', one.dir, one.tier ?? '');
    case 'endOfTierPass':
      return endOfTierNflogPrefix('P', one.dir, one.tier ?? '');
    case 'noMatchProfile':
      return noProfileNflogPrefix(one.dir);
    default:
      throw new Error(`no such prefix: ${one.kind}`);
  }
};
