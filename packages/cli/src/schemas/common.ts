import type { ByFamily, ConnectionSet, End } from '@podpath/policy';
import { z } from 'zod';

// What the JSON of several questions has in common. The JSON Schemas in `schemas/` are made of these.

const portRanges = z.array(
  z.strictObject({ first: z.int().min(1).max(65535), last: z.int().min(1).max(65535) }),
);

const connectionSet = z
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

const family = z.union([z.literal(4), z.literal(6)]);

export const index = z.int().min(0);

const workload = z.strictObject({ kind: z.string(), name: z.string() });

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
