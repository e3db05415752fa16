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

const ruleSchema = (peers: 'from' | 'to') =>
  z
    .strictObject({ [peers]: list(peerSchema), ports: list(portSchema) })
    .transform(
      (rule): NetworkPolicyRule => ({
        peers: list(peerSchemaParsed).parse(rule[peers]),
        ports: list(portSchemaParsed).parse(rule['ports']),
      }),
    );
