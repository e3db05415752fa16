import type { ByFamily, ConnectionSet, End, PolicyRef, RuleRef, Verdict } from '@podpath/policy';
import { z } from 'zod';

// What the JSON of several questions has in common. The JSON Schemas in `schemas/` are made of these.

const portRanges = z.array(
  z.strictObject({ first: z.int().min(1).max(65535), last: z.int().min(1).max(65535) }),
);

export const connectionSet = z
  .strictObject({ TCP: portRanges, UDP: portRanges, SCTP: portRanges, ICMP: z.boolean() })
  .describe('What may be opened: destination ports, both ends included, and echo requests.')
  .meta({ id: 'connectionSet' }) satisfies z.ZodType<ConnectionSet>;

export const byFamily = z
  .strictObject({
    ipv4: connectionSet.exactOptional(),
    ipv6: connectionSet.exactOptional(),
  })
  .describe('Absent where the ends have no such addresses in common.')
  .meta({ id: 'byFamily' }) satisfies z.ZodType<ByFamily>;

export const family = z.union([z.literal(4), z.literal(6)]);

export const index = z.int().min(0);

export const workload = z.strictObject({ kind: z.string(), name: z.string() });

const named = { name: z.string().describe('For people; unique in an answer.') };

export const end = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('workload'),
      ...named,
      namespace: z.string(),
      owner: workload,
      pods: z.array(z.string()).describe('Those that are meant, of workloadSize.'),
      workloadSize: z.int(),
    }),
    z.strictObject({ kind: z.literal('nodes'), ...named, nodes: z.array(z.string()) }),
    z.strictObject({
      kind: z.literal('outside'),
      ...named,
      family,
      ranges: z.array(z.strictObject({ first: z.string(), last: z.string() })),
    }),
  ])
  .meta({ id: 'end' }) satisfies z.ZodType<End>;

export const source = z
  .strictObject({
    file: z.string(),
    document: z.int().min(1),
    line: z.int().min(1),
    column: z.int().min(1),
  })
  .describe('Where in the input it was written.')
  .meta({ id: 'source' });

export const direction = z.enum(['ingress', 'egress']);

export const policyRef = z
  .strictObject({
    kind: z.string(),
    apiGroup: z.string().exactOptional(),
    namespace: z.string().exactOptional(),
    name: z.string(),
    source: source.exactOptional(),
  })
  .meta({ id: 'policyRef' }) satisfies z.ZodType<PolicyRef>;

export const ruleRef = z
  .strictObject({
    policy: policyRef,
    direction,
    index,
    name: z.string().exactOptional(),
    source: source.exactOptional(),
  })
  .meta({ id: 'ruleRef' }) satisfies z.ZodType<RuleRef>;

const passed = { passed: z.array(ruleRef).exactOptional() };

export const directionVerdict = z
  .discriminatedUnion('reason', [
    z.strictObject({
      allowed: z.literal(true),
      reason: z.enum(['not-policed', 'exempt', 'not-isolated', 'failsafe']),
      ...passed,
    }),
    z.strictObject({
      allowed: z.literal(true),
      reason: z.literal('allowed-by-rule'),
      tier: z.string(),
      rules: z.array(ruleRef),
      isolatedBy: z.array(policyRef),
      ...passed,
    }),
    z.strictObject({
      allowed: z.literal(false),
      reason: z.literal('denied-by-rule'),
      tier: z.string(),
      rule: ruleRef,
      ...passed,
    }),
    z.strictObject({
      allowed: z.literal(false),
      reason: z.literal('denied-by-isolation'),
      tier: z.string(),
      isolatedBy: z.array(policyRef),
      ...passed,
    }),
    z.strictObject({ allowed: z.literal(false), reason: z.literal('no-profile'), ...passed }),
  ])
  .meta({ id: 'directionVerdict' });

export const verdict = z
  .strictObject({
    allowed: z.boolean(),
    egress: directionVerdict,
    ingress: directionVerdict,
    hosts: z
      .array(
        z.strictObject({
          node: z.string(),
          hostEndpoint: z.string(),
          source: source.exactOptional(),
          direction,
          verdict: directionVerdict,
        }),
      )
      .exactOptional(),
  })
  .meta({ id: 'verdict' }) satisfies z.ZodType<Verdict>;

/** The members that say what an object is. */
export const heading = <const Question extends string>(question: Question) => ({
  question: z.literal(question),
  schema: z.literal(1),
});
