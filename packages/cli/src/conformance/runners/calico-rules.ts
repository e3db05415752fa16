import {
  type FelixAction,
  type FelixChain,
  type RenderConfig,
  renderRule,
  splitPorts,
} from '@podpath/calico/conformance';
import { z } from 'zod';
import { readActiveRule } from '../calico/active-rule.ts';
import { answerCall, type ChainCall, callSchema } from '../calico/chain-calls.ts';
import { configSchema, renderConfig } from '../calico/render-config.ts';
import { chainParts, ruleParts, rulesText } from '../calico/rendered-text.ts';
import { check, checkEach } from '../check.ts';
import { readVectors } from '../read-vectors.ts';
import type { CaseResult, Runner } from '../runner.ts';

const family = z.union([z.literal(4), z.literal(6)]);
const ports = z.array(z.object({ first: z.int(), last: z.int() }));
const ruleCase = z.object({ name: z.string(), ipVersion: family, rule: z.unknown() });

const schema = z.object({
  matchRules: z.array(ruleCase.extend({ expectedMatch: z.string() })).default([]),
  ruleBlocks: z
    .array(ruleCase.extend({ flowLogs: z.boolean().default(false), expected: z.array(z.string()) }))
    .default([]),
  filtered: z.array(ruleCase.extend({ expected: z.array(z.string()) })).default([]),
  portSplit: z
    .array(z.object({ name: z.string(), ports, expected: z.array(ports).nullable() }))
    .default([]),
  chains: z
    .array(
      z.object({
        test: z.string(),
        // Read case by case: what one case has that podpath does not know must not hide the others.
        config: z.unknown(),
        call: z.unknown(),
        expected: z.unknown(),
      }),
    )
    .default([]),
});

type RuleCase = z.output<typeof ruleCase>;
type ChainCase = z.output<typeof schema>['chains'][number];

/** Marks and owner of single rules, as the vectors' notes give them. */
const RULE_CONFIG: RenderConfig = renderConfig(
  configSchema.parse({
    MarkAccept: 0x80,
    MarkPass: 0x100,
    MarkScratch0: 0x200,
    MarkScratch1: 0x400,
    MarkDrop: 0x800,
  }),
);
const OWNER = { kind: 'policy', direction: 'ingress', id: 'gnp/default.foo' } as const;

/** Felix's iptables text: single rules, and whole chains. */
export const calicoRulesRunner: Runner = {
  subject: 'calico',
  accepts: (name) => name === 'calico-rules.json',
  *run(set) {
    const vectors = readVectors(set, schema);
    for (const [index, one] of vectors.matchRules.entries()) {
      yield rendered(
        `matchRules[${index}] ${one.name}`,
        one,
        false,
        (rules) => {
          const [first = ''] = rules;
          return first.replace(/^-A test ?/, '').replace(/ ?--jump .*$/, '');
        },
        one.expectedMatch,
      );
    }
    for (const [index, one] of vectors.ruleBlocks.entries()) {
      const id = `ruleBlocks[${index}] ${one.name}`;
      yield rendered(id, one, one.flowLogs, (rules) => rules, one.expected);
    }
    for (const [index, one] of vectors.filtered.entries()) {
      yield rendered(`filtered[${index}] ${one.name}`, one, false, (rules) => rules, one.expected);
    }
    for (const [index, one] of vectors.portSplit.entries()) {
      yield check(`portSplit[${index}] ${one.name}`, one.expected ?? [], () =>
        splitPorts(one.ports),
      );
    }
    const chains = vectors.chains.map((one, index) => ({
      ...one,
      id: `chains[${index}] ${one.test}`,
    }));
    yield* checkEach(chains, (one) => chainCase(one.id, one));
  },
};

const rendered = (
  id: string,
  one: RuleCase,
  flowLogs: boolean,
  part: (rules: readonly string[]) => unknown,
  expected: unknown,
): CaseResult => {
  const read = readActiveRule(one.rule);
  if ('unknown' in read) return { id, outcome: 'not-supported', reason: read.unknown };
  return check(id, expected, () =>
    part(rulesText(renderRule(read.rule, 0, OWNER, one.ipVersion, { ...RULE_CONFIG, flowLogs }))),
  );
};

const callsSchema = z.union([callSchema.transform((call) => [call]), z.array(callSchema)]);

const chainCase = (id: string, one: ChainCase): CaseResult => {
  const config = configSchema.parse(one.config);
  const calls = callsSchema.parse(one.call);
  const answers = calls.map((call) => answerCall(call, config));
  const lacking = answers.find((answer) => 'lacks' in answer);
  if (lacking !== undefined && 'lacks' in lacking) {
    return { id, outcome: 'not-supported', reason: lacking.lacks };
  }
  const chains = answers.flatMap((answer) => ('chains' in answer ? answer.chains : []));
  return check(id, comparable(one.expected), () => selected(chains, calls[0]));
};

const selected = (chains: readonly FelixChain[], call: ChainCall | undefined): unknown => {
  const [first] = chains;
  const ruleAt = /^\[0\]\.Rules\[(\d+)\]\.Action$/.exec(call?.select ?? '')?.[1];
  if (ruleAt !== undefined) return goAction(first?.rules[Number(ruleAt)]?.action);
  switch (call?.select) {
    case undefined:
      return chains.map(chainParts);
    case 'Name':
    case '[0].Name':
      return first?.name;
    case '[0].Rules':
      return first?.rules.map(ruleParts);
    default:
      throw new Error(`no such part: ${call?.select}`);
  }
};

/** A masquerade as Go's struct shows it. */
const goAction = (action: FelixAction | undefined): unknown => {
  if (action?.kind !== 'masquerade') return action;
  return action.ports === undefined
    ? {}
    : { ToPorts: `${action.ports.first}-${action.ports.last}` };
};

/** One chain stands alone where the call gives one; a chain without rules says so in several ways. */
const comparable = (expected: unknown): unknown => {
  const chain = z.object({ name: z.string(), rules: z.array(z.unknown()).nullish() });
  const normal = (one: unknown) => {
    const parsed = chain.safeParse(one);
    return parsed.success ? { name: parsed.data.name, rules: parsed.data.rules ?? [] } : one;
  };
  if (chain.safeParse(expected).success) return [normal(expected)];
  return Array.isArray(expected) ? expected.map(normal) : expected;
};
