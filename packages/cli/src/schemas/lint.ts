import type { Finding } from '@podpath/policy';
import { z } from 'zod';
import { heading, policyRef, ruleRef, source } from './common.ts';

const finding = z.strictObject({
  id: z.string().describe('Stays the same from version to version.'),
  severity: z.enum(['error', 'warning', 'info']),
  message: z
    .string()
    .describe('A sentence without its end, to follow the name of the policy or rule.'),
  policy: policyRef,
  rule: ruleRef.exactOptional(),
  source: source.exactOptional(),
  related: ruleRef.exactOptional(),
}) satisfies z.ZodType<Finding>;

/** `podpath lint --json`. */
export const lintSchema = z
  .strictObject({ ...heading('lint'), findings: z.array(finding) })
  .describe('What is odd about policies: the answer of podpath lint.');
