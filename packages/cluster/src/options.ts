import type { IpFamily } from '@podpath/net';
import { dnsLabelFault } from './read/names.ts';

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
  /**
   * Take cluster-scoped policies that analysers take and API servers with the full schema do not: a pods peer without
   * podSelector, which is every pod, and a named port beside peers that have none, whom it never matches. Default false.
   */
  readonly lenientPolicies?: boolean;
  /** Most pods that workloads may make in total. Default 1,000,000. */
  readonly maxPods?: number;
}

export const DEFAULT_NAMESPACE = 'default';
export const DEFAULT_NODES = 3;
export const DEFAULT_MAX_PODS = 1_000_000;

/** Throws RangeError for options that make no cluster. */
export const checkOptions = ({ nodes, families, defaultNamespace }: ClusterOptions): void => {
  if (nodes !== undefined && (!Number.isSafeInteger(nodes) || nodes < 1)) {
    throw new RangeError(`nodes: ${nodes}; expected a whole number from 1`);
  }
  if (families !== undefined && new Set(families).size !== (families.length || -1)) {
    throw new RangeError(`families: [${families.join(', ')}]; expected 4, 6 or both`);
  }
  const fault = defaultNamespace === undefined ? undefined : dnsLabelFault(defaultNamespace);
  if (fault !== undefined) {
    throw new RangeError(`defaultNamespace: ${fault.reason}; expected ${fault.expected}`);
  }
};
