import type { WhoCanReach } from '@podpath/policy';
import { z } from 'zod';
import { connectionSet, end, family, heading, index, verdict } from './common.ts';

/** `podpath who-can-reach --json`. */
export const whoCanReachSchema = z
  .strictObject({
    ...heading('who-can-reach'),
    ends: z.array(end),
    to: z.array(end).describe('The target; several where policies tell its pods apart.'),
    answers: z
      .array(
        z.strictObject({
          to: index.describe('An index of to.'),
          from: z.array(index).describe('Indexes of ends.'),
          families: z.array(family),
          connections: connectionSet,
          verdict,
        }),
      )
      .describe(
        'Those that allow first. Together they are about all traffic that was asked about.',
      ),
  })
  .describe('Who may connect to somebody and what decides: the answer of podpath who-can-reach.');

whoCanReachSchema satisfies z.ZodType<WhoCanReach>;
