import { lengthLimitedId } from './length-limited-id.ts';

/** `XT_EXTENSION_MAXNAMELEN` less its terminator: the longest chain name iptables takes. */
export const MAX_CHAIN_NAME_LENGTH = 28;

/** Kinds of policy that Felix knows. Staged ones are only reported, never rendered. */
export type PolicyKind =
  | 'NetworkPolicy'
  | 'GlobalNetworkPolicy'
  | 'KubernetesNetworkPolicy'
  | 'KubernetesClusterNetworkPolicy'
  | 'StagedNetworkPolicy'
  | 'StagedGlobalNetworkPolicy'
  | 'StagedKubernetesNetworkPolicy';

export interface PolicyId {
  readonly kind: PolicyKind;
  /** Empty for cluster-scoped kinds. */
  readonly namespace: string;
  readonly name: string;
}

const SHORT_KIND: Readonly<Record<PolicyKind, string>> = {
  NetworkPolicy: 'np',
  GlobalNetworkPolicy: 'gnp',
  KubernetesNetworkPolicy: 'knp',
  KubernetesClusterNetworkPolicy: 'kcnp',
  StagedNetworkPolicy: 'snp',
  StagedGlobalNetworkPolicy: 'sgnp',
  StagedKubernetesNetworkPolicy: 'sknp',
};

export const isStaged = (kind: PolicyKind): boolean => kind.startsWith('Staged');

/** `knp/prod/allow-dns`, `gnp/default.deny`: a policy's identity inside Felix. */
export const policyIdText = (id: PolicyId): string =>
  id.namespace === ''
    ? `${SHORT_KIND[id.kind]}/${id.name}`
    : `${SHORT_KIND[id.kind]}/${id.namespace}/${id.name}`;

/** Ingress rules live in `cali-pi-…`, egress rules in `cali-po-…` ("i" and "o" as seen by the endpoint). */
export type PolicyDirection = 'ingress' | 'egress';

const POLICY_PREFIX = { ingress: 'cali-pi-', egress: 'cali-po-' } as const;
const PROFILE_PREFIX = { ingress: 'cali-pri-', egress: 'cali-pro-' } as const;

export const policyChainName = (direction: PolicyDirection, id: PolicyId): string =>
  lengthLimitedId(POLICY_PREFIX[direction], policyIdText(id), MAX_CHAIN_NAME_LENGTH);

export const profileChainName = (direction: PolicyDirection, profile: string): string =>
  lengthLimitedId(PROFILE_PREFIX[direction], profile, MAX_CHAIN_NAME_LENGTH);

/** Prefixes of endpoint chains: to and from a workload, a host interface, a host interface when forwarding. */
export type EndpointChainPrefix =
  | 'cali-tw-'
  | 'cali-fw-'
  | 'cali-th-'
  | 'cali-fh-'
  | 'cali-thfw-'
  | 'cali-fhfw-';

export const endpointChainName = (prefix: EndpointChainPrefix, interfaceName: string): string =>
  lengthLimitedId(prefix, interfaceName, MAX_CHAIN_NAME_LENGTH);
