import { z } from 'zod';

/** `netpol/*.json` and `real/`: truth tables of clusters under policies. */

const labels = z.record(z.string(), z.string());
const protocol = z.enum(['TCP', 'UDP', 'SCTP']);
const family = z.union([z.literal(4), z.literal(6)]);

const namespace = z.object({ name: z.string(), labels });

const node = z.object({ name: z.string(), labels, ips: z.array(z.string()) });

const pod = z.object({
  ns: z.string(),
  name: z.string(),
  labels,
  node: z.string(),
  ips: z.array(z.string()),
  ports: z.array(z.object({ port: z.number(), protocol, name: z.string().optional() })),
  hostNetwork: z.boolean().optional(),
});

/** An API object as written, nulls and missing fields included. */
const policy = z.looseObject({
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
});

const truthTable = z.object({
  ports: z.array(z.object({ port: z.number(), protocol })),
  family: family.optional(),
  pods: z.array(z.string()),
  rows: z.array(z.string().regex(/^[.IEBX-]*$/)),
});

const probe = z.object({
  from: z.string(),
  to: z.string(),
  port: z.number(),
  protocol,
  allowed: z.boolean(),
  family: family.optional(),
});

const assertions = { expect: z.array(truthTable).default([]), probes: z.array(probe).default([]) };

const action = z.discriminatedUnion('op', [
  z.object({ op: z.literal(['createPolicy', 'updatePolicy']), policy }),
  z.object({
    op: z.literal('deletePolicy'),
    kind: z.string(),
    namespace: z.string().optional(),
    name: z.string(),
  }),
  z.object({ op: z.literal('createNamespace'), ...namespace.shape }),
  z.object({ op: z.literal('setNamespaceLabels'), namespace: z.string(), labels }),
  z.object({ op: z.literal('deleteNamespace'), name: z.string() }),
  z.object({ op: z.literal('createPod'), pod }),
  z.object({ op: z.literal('setPodLabels'), ns: z.string(), name: z.string(), labels }),
  z.object({ op: z.literal('deletePod'), ns: z.string(), name: z.string() }),
]);

const world = z.object({
  namespaces: z.array(namespace).optional(),
  nodes: z.array(node).optional(),
  pods: z.array(pod).optional(),
});

const connectivityCase = z.object({
  id: z.string(),
  world: z.string().optional(),
  ...world.shape,
  policies: z.array(policy).default([]),
  /** What names are known to stand for. */
  dns: z.record(z.string(), z.array(z.string())).default({}),
  ...assertions,
  steps: z
    .array(z.object({ name: z.string(), actions: z.array(action), ...assertions }))
    .default([]),
});

export const connectivityVectors = z.object({
  kind: z.literal('connectivity'),
  worlds: z.record(z.string(), world).default({}),
  cases: z.array(connectivityCase),
});

/** `real/<set>/expected.json`: cases like those above, or the one case itself. */
export const realVectors = z.union([
  z.object({ cases: z.array(z.object({ id: z.string(), ...assertions })) }),
  z.object(assertions),
]);

export type ConnectivityVectors = z.output<typeof connectivityVectors>;
export type ConnectivityCase = z.output<typeof connectivityCase>;
export type Assertions = Pick<ConnectivityCase, 'expect' | 'probes'>;
export type Action = z.output<typeof action>;
export type NamespaceVector = z.output<typeof namespace>;
export type NodeVector = z.output<typeof node>;
export type PodVector = z.output<typeof pod>;
export type PolicyVector = z.output<typeof policy>;
