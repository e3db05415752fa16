import type { PodsOf } from '@podpath/policy';
import { z } from 'zod';
import { direction, heading, policyRef, source, workload } from './common.ts';

/** `podpath pods-of --json`. */
export const podsOfSchema = z
  .strictObject({
    ...heading('pods-of'),
    policy: policyRef,
    tier: z.string(),
    directions: z.array(direction),
    stages: z.array(z.enum(['endpoint', 'forward', 'pre-dnat', 'untracked'])),
    workloads: z.array(
      z.strictObject({
        namespace: z.string(),
        owner: workload,
        pods: z.array(z.string()),
        workloadSize: z.int(),
      }),
    ),
    hostEndpoints: z.array(
      z.strictObject({ name: z.string(), node: z.string(), source: source.exactOptional() }),
    ),
  })
  .describe('The pods that a policy selects: the answer of podpath pods-of.');

podsOfSchema satisfies z.ZodType<PodsOf>;
