import type { FlowProtocol } from '@podpath/cluster';
import type { Outcome } from '@podpath/linux';
import type { Verdict } from '@podpath/policy';
import type { Features, NodeCost } from '../plugin.ts';

/** What the same cluster does under several plugins. Plain data: it goes to JSON and to reports as it is. */
export interface Comparison {
  readonly cluster: {
    readonly nodes: number;
    readonly pods: number;
    readonly workloads: number;
    readonly services: number;
    readonly networkPolicies: number;
    readonly notes: readonly string[];
    /** Kinds that were not read, with how many of each. */
    readonly ignoredKinds: Readonly<Record<string, number>>;
  };
  readonly plugins: readonly PluginColumn[];
  /** Every flow between workloads that was walked. */
  readonly flows: readonly ComparedFlow[];
  /** Set when the input has more pairs than the limit: only the first were walked. */
  readonly truncated?: { readonly walked: number; readonly total: number };
}

export interface PluginColumn {
  readonly name: string;
  readonly title: string;
  readonly features: Features;
  readonly notes: readonly string[];
  readonly overlay: { readonly encapsulationBytes: number; readonly podMtuBytes: number };
  /** Per node, in the cluster's order, of the nodes that were looked at. */
  readonly costs: readonly { readonly node: string; readonly cost: NodeCost }[];
  /** Flows that this plugin lets through, of all walked. */
  readonly open: number;
}

export interface ComparedFlow {
  /** Workload names. */
  readonly from: string;
  readonly to: string;
  readonly protocol: FlowProtocol;
  readonly port: number;
  readonly sameNode: boolean;
  /** What the NetworkPolicy API says, whatever a plugin does. */
  readonly verdict: Verdict;
  /** One walk for each plugin, in the order of `plugins`. */
  readonly walks: readonly Walk[];
}

export interface Walk {
  readonly outcome: Outcome;
  readonly reason: string;
  /** Whether the destination took the packet or refused it itself: policy let it pass. */
  readonly passed: boolean;
  /** Namespaces on the way. */
  readonly hops: number;
  /** Rules with a target that matched on the way. */
  readonly rulesMatched: number;
  readonly encapsulations: number;
}

/** Flows that end differently under different plugins. */
export const differingFlows = (comparison: Comparison): readonly ComparedFlow[] =>
  comparison.flows.filter((flow) => new Set(flow.walks.map((walk) => walk.passed)).size > 1);
