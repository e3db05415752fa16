import type { PolicyDiff } from '@podpath/policy';
import { z } from 'zod';
import {
  connectionSet,
  direction,
  directionVerdict,
  end,
  family,
  heading,
  index,
} from './common.ts';

const changes = z.array(
  z.strictObject({
    between: z
      .array(z.strictObject({ from: z.array(index), to: z.array(index) }))
      .describe('From each of the first to each of the second, as indexes of ends.'),
    families: z.array(family),
    connections: connectionSet,
    steps: z
      .array(
        z.strictObject({
          direction,
          hostEndpoint: z.strictObject({ node: z.string(), name: z.string() }).exactOptional(),
          before: directionVerdict.exactOptional(),
          after: directionVerdict.exactOptional(),
        }),
      )
      .describe('Who says something else than before, and why.'),
  }),
);

/** `podpath diff --json`. */
export const diffSchema = z
  .strictObject({
    ...heading('diff'),
    ends: z.array(end).describe('Who is in both inputs.'),
    gained: changes,
    lost: changes,
    onlyBefore: z.array(z.string()).describe('Workloads.'),
    onlyAfter: z.array(z.string()).describe('Workloads.'),
  })
  .describe('Connections that two inputs do not both allow: the answer of podpath diff.');

diffSchema satisfies z.ZodType<PolicyDiff>;
