import { z } from 'zod';

const objects = z.array(z.looseObject({ spec: z.record(z.string(), z.unknown()).optional() }));

const flow = z.object({
  name: z.string(),
  sourceIP: z.string(),
  protocol: z.enum(['TCP', 'UDP', 'SCTP']),
  destIP: z.string(),
  destPort: z.number(),
  output: z.string(),
  masq: z.boolean(),
});

const serviceCase = z.object({
  id: z.string(),
  proxyMode: z.enum(['iptables', 'nftables']),
  config: z.object({
    family: z.enum(['IPv4', 'IPv6']).optional(),
    nfacctCounters: z.array(z.string()).optional(),
    localhostNodePorts: z.boolean().optional(),
    nodePortAddresses: z.array(z.string()).nullish(),
    masqueradeAll: z.boolean().optional(),
    localDetector: z.string().nullish(),
    iptablesHasRandomFully: z.boolean().optional(),
    conntrackTCPLiberal: z.boolean().optional(),
  }),
  services: objects,
  endpointSlices: objects,
  flows: z.array(flow),
  afterEndpointsDeleted: z.array(flow).optional(),
  expectedRestoreInput: z.array(z.string()).optional(),
  expectedChains: z.record(z.string(), z.array(z.string())).optional(),
  expectRuleForDestination: z
    .object({
      table: z.string(),
      chain: z.string(),
      destination: z.string(),
      present: z.boolean(),
    })
    .optional(),
  expectedEndpointMap: z.record(z.string(), z.array(z.tuple([z.string(), z.boolean()]))).optional(),
  expectedLocalReadyEndpoints: z.record(z.string(), z.number()).optional(),
  expectedServicePorts: z.number().optional(),
});

/** The part of `services.json` that is run. */
export const serviceVectors = z.object({
  conventions: z.object({
    localNodeName: z.string(),
    localPodCIDR: z.object({ IPv4: z.string(), IPv6: z.string() }),
    localNodeIPs: z.array(z.string()),
    primaryNodeIP: z.string(),
  }),
  cases: z.array(serviceCase),
  endpointSelection: z.array(
    z.object({
      id: z.string(),
      nodeZone: z.string().nullish(),
      service: z.object({
        internalPolicyLocal: z.boolean().default(false),
        externalPolicyLocal: z.boolean().default(false),
        nodePort: z.number().optional(),
      }),
      endpoints: z.array(
        z.object({
          endpoint: z.string(),
          ready: z.boolean(),
          serving: z.boolean().optional(),
          terminating: z.boolean().default(false),
          local: z.boolean().default(false),
          zoneHints: z.array(z.string()).optional(),
        }),
      ),
      cluster: z.array(z.string()).nullable(),
      local: z.array(z.string()).nullable(),
      allReachable: z.array(z.string()),
      hasAnyEndpoints: z.boolean(),
    }),
  ),
  chainNames: z.array(
    z.object({
      kind: z.string(),
      servicePortName: z.string(),
      protocol: z.enum(['tcp', 'udp', 'sctp']),
      endpoint: z.string().optional(),
      chain: z.string(),
    }),
  ),
  nftChainNames: z.array(z.object({ name: z.string() })),
  probabilities: z.array(z.object({ n: z.number(), text: z.string() })),
});

export type ServiceVectors = z.output<typeof serviceVectors>;
export type ServiceCase = ServiceVectors['cases'][number];
export type ServiceFlow = ServiceCase['flows'][number];
