import { z } from 'zod';
import { family, heading, source, verdict } from './common.ts';

/** `podpath check --json`. */
export const checkSchema = z
  .strictObject({
    ...heading('check'),
    file: z.string(),
    passed: z.int(),
    failed: z.int(),
    errors: z.int(),
    skipped: z.int(),
    failures: z
      .array(z.string())
      .describe(
        'Why not everything could be checked, for instance because the input cannot be read.',
      ),
    results: z.array(
      z.strictObject({
        name: z.string().exactOptional(),
        from: z.string(),
        to: z.string(),
        protocol: z.enum(['TCP', 'UDP', 'SCTP', 'ICMP']),
        port: z.int().min(1).max(65535).exactOptional(),
        family: family.exactOptional(),
        plugin: z.string().exactOptional(),
        source,
        expect: z.enum(['allowed', 'denied']),
        outcome: z.enum(['passed', 'failed', 'error', 'skipped']),
        message: z.string(),
        against: z
          .strictObject({
            from: z.string(),
            to: z.string(),
            family: family.exactOptional(),
            verdict: verdict.exactOptional(),
            walk: z.strictObject({ outcome: z.string(), reason: z.string() }).exactOptional(),
          })
          .describe('The connection that is not as expected.')
          .exactOptional(),
      }),
    ),
  })
  .describe('Whether expectations hold: the answer of podpath check.');
