import type { PoliciesOf } from '@podpath/policy';
import { z } from 'zod';
import { heading, policyRef, ruleRef, source, workload } from './common.ts';

const tiers = z.array(
  z.strictObject({
    tier: z.string(),
    stage: z.enum(['endpoint', 'forward', 'pre-dnat', 'untracked']),
    unmatched: z.enum(['deny', 'pass']).describe('What happens when none of its rules decides.'),
    policies: z.array(
      z.strictObject({
        policy: policyRef,
        rules: z.array(
          z.strictObject({ action: z.enum(['allow', 'deny', 'pass', 'log']), rule: ruleRef }),
        ),
      }),
    ),
  }),
);

const answer = z.strictObject({
  subject: z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('pods'),
      namespace: z.string(),
      owner: workload,
      pods: z.array(z.string()),
    }),
    z.strictObject({
      kind: z.literal('node'),
      node: z.string(),
      hostEndpoint: z.string().exactOptional(),
      source: source.exactOptional(),
    }),
    z.strictObject({ kind: z.literal('outside') }),
  ]),
  ingress: tiers,
  egress: tiers,
}) satisfies z.ZodType<PoliciesOf>;

/** `podpath policies-of --json`. */
export const policiesOfSchema = z
  .strictObject({
    ...heading('policies-of'),
    answers: z.array(answer).describe('One for each part of the target with policies of its own.'),
  })
  .describe(
    'The policies of a pod in the order in which they are asked: the answer of podpath policies-of.',
  );
