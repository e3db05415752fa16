import type {
  Cluster,
  LabelSelector,
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyRule,
} from '@podpath/cluster';
import { parseIp, parsePrefix } from '@podpath/net';
import { z } from 'zod';
import type { State } from './state.ts';

// Stands in for the cluster package's loader until there is one.

const selector = z
  .object({
    matchLabels: z.record(z.string(), z.string()).nullish(),
    matchExpressions: z
      .array(
        z.object({
          key: z.string(),
          operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
          values: z.array(z.string()).nullish(),
        }),
      )
      .nullish(),
  })
  .transform(
    ({ matchLabels, matchExpressions }): LabelSelector => ({
      matchLabels: matchLabels ?? {},
      matchExpressions: (matchExpressions ?? []).map((each) => ({
        ...each,
        values: each.values ?? [],
      })),
    }),
  );

const peer = z
  .object({
    podSelector: selector.nullish(),
    namespaceSelector: selector.nullish(),
    ipBlock: z.object({ cidr: z.string(), except: z.array(z.string()).nullish() }).nullish(),
  })
  .transform(
    ({ podSelector, namespaceSelector, ipBlock }): NetworkPolicyPeer => ({
      ...(podSelector ? { podSelector } : {}),
      ...(namespaceSelector ? { namespaceSelector } : {}),
      ...(ipBlock
        ? {
            ipBlock: {
              cidr: parsePrefix(ipBlock.cidr),
              except: (ipBlock.except ?? []).map(parsePrefix),
            },
          }
        : {}),
    }),
  );

const rule = z
  .object({
    from: z.array(peer).nullish(),
    to: z.array(peer).nullish(),
    ports: z
      .array(
        z.object({
          protocol: z.enum(['TCP', 'UDP', 'SCTP']).nullish(),
          port: z.union([z.number(), z.string()]).nullish(),
          endPort: z.number().nullish(),
        }),
      )
      .nullish(),
  })
  .transform(
    ({ from, to, ports }): NetworkPolicyRule => ({
      peers: from ?? to ?? [],
      ports: (ports ?? []).map(({ protocol, port, endPort }) => ({
        protocol: protocol ?? 'TCP',
        ...(port == null ? {} : { port }),
        ...(endPort == null ? {} : { endPort }),
      })),
    }),
  );

const networkPolicy = z
  .object({
    metadata: z.object({ name: z.string(), namespace: z.string().nullish() }),
    spec: z.object({
      podSelector: selector.nullish(),
      policyTypes: z.array(z.enum(['Ingress', 'Egress'])).nullish(),
      ingress: z.array(rule).nullish(),
      egress: z.array(rule).nullish(),
    }),
  })
  .transform(({ metadata, spec }): NetworkPolicy => {
    const egress = spec.egress ?? [];
    const types = spec.policyTypes ?? [];
    return {
      namespace: metadata.namespace ?? 'default',
      name: metadata.name,
      podSelector: spec.podSelector ?? { matchLabels: {}, matchExpressions: [] },
      policyTypes:
        types.length > 0 ? types : egress.length > 0 ? ['Ingress', 'Egress'] : ['Ingress'],
      ingress: spec.ingress ?? [],
      egress,
    };
  });

export const loadState = (state: State): Cluster => ({
  namespaces: new Map(
    state.namespaces.map(({ name, labels }) => [
      name,
      { name, labels: { ...labels, 'kubernetes.io/metadata.name': name } },
    ]),
  ),
  nodes: new Map(
    state.nodes.map(({ name, labels, ips }) => [
      name,
      {
        name,
        labels,
        addresses: ips.map(parseIp),
        addressSource: 'input',
        podCidrs: [],
        podCidrSource: 'made-up',
        annotations: {},
      },
    ]),
  ),
  pods: new Map(
    state.pods.map((pod) => [
      `${pod.ns}/${pod.name}`,
      {
        namespace: pod.ns,
        name: pod.name,
        labels: pod.labels,
        node: pod.node,
        ips: pod.ips.map(parseIp),
        addressSource: 'input',
        hostNetwork: pod.hostNetwork ?? false,
        ports: pod.ports.map(({ port, protocol, name }) => ({
          port,
          protocol,
          ...(name === undefined ? {} : { name }),
        })),
        phase: 'Running',
        ready: true,
        owner: { kind: 'Pod', name: pod.name },
      },
    ]),
  ),
  services: new Map(),
  endpointSlices: [],
  networkPolicies: state.policies.map((policy) => networkPolicy.parse(policy)),
  podNetworks: [],
  serviceNetworks: [],
  ignoredKinds: new Map(),
  notes: [],
});
