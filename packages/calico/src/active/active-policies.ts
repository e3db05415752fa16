import type { Cluster, Pod } from '@podpath/cluster';
import type { PolicyDirection, PolicyId } from '../names/chain-names.ts';
import type { CalicoPolicy } from '../policies/calico-policy.ts';
import { convertNetworkPolicy } from '../policies/convert-network-policy.ts';
import { policySelectorText } from '../policies/entity-selector.ts';
import { type ScannedRule, scanRule } from '../policies/scan-rules.ts';
import { parseSelector } from '../selectors/parse-selector.ts';
import type { EndpointIndex } from './endpoint-index.ts';

/** A policy ready to be rendered. */
export interface ActivePolicy {
  readonly id: PolicyId;
  readonly tier: string;
  /** As written, confined to its namespace; neighbours with the same one share a chain. */
  readonly selector: string;
  readonly types: readonly PolicyDirection[];
  readonly ingress: readonly ScannedRule[];
  readonly egress: readonly ScannedRule[];
}

/** Which policies apply to which pods, in the order in which they are asked. */
export class ActivePolicies {
  readonly #byPod = new Map<Pod, ActivePolicy[]>();

  constructor(cluster: Cluster, endpoints: EndpointIndex) {
    const policies = cluster.networkPolicies
      .map((policy) => convertNetworkPolicy(policy).policy)
      .sort(byOrder);
    for (const policy of policies) {
      const selector = policySelectorText(policy.selector, policy.id.namespace);
      const matching = endpoints.matching(parseSelector(selector));
      if (matching.length === 0) continue;
      const active = activate(policy, selector);
      for (const { pods } of matching) {
        for (const pod of pods) {
          const list = this.#byPod.get(pod);
          if (list === undefined) this.#byPod.set(pod, [active]);
          else list.push(active);
        }
      }
    }
  }

  of(pod: Pod): readonly ActivePolicy[] {
    return this.#byPod.get(pod) ?? [];
  }
}

const activate = (policy: CalicoPolicy, selector: string): ActivePolicy => {
  const { id, tier, types } = policy;
  const scan = (direction: PolicyDirection) =>
    policy[direction].map((rule) => scanRule(rule, id.namespace));
  return { id, tier, types, selector, ingress: scan('ingress'), egress: scan('egress') };
};

/** Lower orders first, then by name, namespace and kind. */
const byOrder = (a: CalicoPolicy, b: CalicoPolicy): number => {
  const key = ({ id }: CalicoPolicy) => `${id.name}/${id.namespace}/${id.kind}`;
  return a.order - b.order || (key(a) < key(b) ? -1 : 1);
};
