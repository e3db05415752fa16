import type { IpFamily } from '@podpath/net';

/** How to read input, and what to make up where it leaves things out. */
export interface ClusterOptions {
  /** For objects that name none. Default `default`. */
  readonly defaultNamespace?: string;
  /** Nodes to make up when the input has none. Default 3. */
  readonly nodes?: number;
  /** Families of made-up addresses, the primary first. Default: those of the addresses in the input, or IPv4. */
  readonly families?: readonly IpFamily[];
  /** Refuse CIDRs with host bits or odd spellings, as newer API servers do. Default false: they are masked. */
  readonly strictCidrs?: boolean;
  /** Most pods that workloads may make in total. Default 1,000,000. */
  readonly maxPods?: number;
}

export const DEFAULT_NAMESPACE = 'default';
export const DEFAULT_NODES = 3;
export const DEFAULT_MAX_PODS = 1_000_000;
