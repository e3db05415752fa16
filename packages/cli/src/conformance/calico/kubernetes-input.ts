import type {
  LabelSelector,
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
  NetworkPolicyRule,
} from '@podpath/cluster';
import { parsePrefixLoose } from '@podpath/net';
import { z } from 'zod';

/**
 * Kubernetes objects as they stand in the conversion vectors: not defaulted and not validated, which is
 * part of the test, so the cluster loader cannot read them.
 */
const list = <T extends z.ZodType>(of: T) =>
  z
    .array(of)
    .nullish()
    .transform((items) => items ?? []);
const labels = z
  .record(z.string(), z.string())
  .nullish()
  .transform((given) => given ?? {});

export const labelSelectorSchema = z
  .strictObject({
    matchLabels: labels,
    matchExpressions: list(
      z.strictObject({
        key: z.string(),
        operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
        values: list(z.string()),
      }),
    ),
  })
  .transform((selector): LabelSelector => selector);

const cidr = z.string().transform(parsePrefixLoose);

const peerSchema = z
  .strictObject({
    podSelector: labelSelectorSchema.nullish(),
    namespaceSelector: labelSelectorSchema.nullish(),
    ipBlock: z.strictObject({ cidr, except: list(cidr) }).nullish(),
  })
  .transform(
    ({ podSelector, namespaceSelector, ipBlock }): NetworkPolicyPeer => ({
      ...(podSelector == null ? {} : { podSelector }),
      ...(namespaceSelector == null ? {} : { namespaceSelector }),
      ...(ipBlock == null ? {} : { ipBlock }),
    }),
  );

const portSchema = z
  .strictObject({
    protocol: z.enum(['TCP', 'UDP', 'SCTP']).nullish(),
    port: z.union([z.int(), z.string()]).nullish(),
    endPort: z.int().nullish(),
  })
  .transform(
    ({ protocol, port, endPort }): NetworkPolicyPort => ({
      protocol: protocol ?? 'TCP',
      ...(port == null ? {} : { port }),
      ...(endPort == null ? {} : { endPort }),
    }),
  );

const ingressSchema = z
  .strictObject({ from: list(peerSchema), ports: list(portSchema) })
  .transform(({ from, ports }): NetworkPolicyRule => ({ peers: from, ports }));
const egressSchema = z
  .strictObject({ to: list(peerSchema), ports: list(portSchema) })
  .transform(({ to, ports }): NetworkPolicyRule => ({ peers: to, ports }));

/** What every object has; the UID means nothing to podpath. */
export const metadataSchema = z.object({
  name: z.string(),
  namespace: z.string().optional(),
  labels,
});

const NO_SELECTOR: LabelSelector = { matchLabels: {}, matchExpressions: [] };

export const networkPolicySchema = z
  .object({
    metadata: metadataSchema,
    spec: z.strictObject({
      podSelector: labelSelectorSchema.nullish(),
      ingress: list(ingressSchema),
      egress: list(egressSchema),
      policyTypes: list(z.enum(['Ingress', 'Egress'])),
    }),
  })
  .transform(
    ({ metadata, spec }): NetworkPolicy => ({
      namespace: metadata.namespace ?? 'default',
      name: metadata.name,
      podSelector: spec.podSelector ?? NO_SELECTOR,
      policyTypes: spec.policyTypes,
      ingress: spec.ingress,
      egress: spec.egress,
    }),
  );
