import type { Labels, NetworkSet, Pod } from '@podpath/cluster';
import type { Policy } from '../model.ts';
import type { PolicyRef } from '../verdict.ts';

/** What may change under compiled policies. Nodes, Services, host endpoints and profiles stay as they were compiled. */
export type PolicyChange =
  /** A pod is there, new or in the place of what it was. */
  | { readonly kind: 'pod'; readonly pod: Pod }
  | { readonly kind: 'pod removed'; readonly namespace: string; readonly name: string }
  /** A namespace has these labels now. */
  | { readonly kind: 'namespace'; readonly name: string; readonly labels: Labels }
  /**
   * A policy is there. In the place of the one of the same kind, namespace and name, if the tier has it; else last, or
   * before position `at` of the tier.
   */
  | {
      readonly kind: 'policy';
      readonly tier: string;
      readonly policy: Policy;
      readonly at?: number;
    }
  | { readonly kind: 'policy removed'; readonly tier: string; readonly ref: PolicyRef }
  /** A NetworkSet or GlobalNetworkSet is there, new or in the place of what it was. */
  | { readonly kind: 'set'; readonly set: NetworkSet }
  | { readonly kind: 'set removed'; readonly namespace?: string; readonly name: string };

/** A change that names something that is not there. */
export class PolicyChangeError extends Error {
  override readonly name = 'PolicyChangeError';
}
