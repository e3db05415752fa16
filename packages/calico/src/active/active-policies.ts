import type { Cluster, Pod } from '@podpath/cluster';
import { parseCalicoSelector } from '@podpath/cluster';
import type { PolicyDirection, PolicyId } from '../names/chain-names.ts';
import type { CalicoPolicy } from '../policies/calico-policy.ts';
import { convertClusterNetworkPolicy } from '../policies/convert-cluster-network-policy.ts';
import { convertNetworkPolicy } from '../policies/convert-network-policy.ts';
import { policySelectorText } from '../policies/entity-selector.ts';
import { readCalicoPolicy } from '../policies/read-calico-policy.ts';
import { type ScannedRule, scanRule } from '../policies/scan-rules.ts';
import type { EndpointIndex } from './endpoint-index.ts';
import { type ActiveTier, tiersInOrder } from './tiers.ts';

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
  /** In the order in which they are asked. */
  readonly tiers: readonly ActiveTier[];
  readonly #byPod = new Map<Pod, ActivePolicy[]>();

  constructor(cluster: Cluster, endpoints: EndpointIndex) {
    this.tiers = tiersInOrder(cluster);
    for (const policy of policiesOf(cluster).toSorted(byOrder)) {
      const selector = policySelectorText(policy.selector, policy.id.namespace);
      const matching = endpoints.matching(parseCalicoSelector(selector));
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

/** Those that are about workloads; the others are for host endpoints alone. */
const policiesOf = ({
  networkPolicies,
  clusterNetworkPolicies,
  calico,
}: Cluster): readonly CalicoPolicy[] => [
  ...networkPolicies.map((policy) => convertNetworkPolicy(policy).policy),
  ...clusterNetworkPolicies.map(convertClusterNetworkPolicy),
  ...calico.policies
    .filter(({ doNotTrack, preDnat }) => !doNotTrack && !preDnat)
    .map(readCalicoPolicy),
];

const activate = (policy: CalicoPolicy, selector: string): ActivePolicy => {
  const { id, tier, types } = policy;
  const scan = (direction: PolicyDirection) =>
    policy[direction].map((rule) => scanRule(rule, id.namespace));
  return { id, tier, types, selector, ingress: scan('ingress'), egress: scan('egress') };
};

/** Lower orders first, then by name, namespace and kind. */
const byOrder = (a: CalicoPolicy, b: CalicoPolicy): number => {
  const key = ({ id }: CalicoPolicy) => `${id.name}/${id.namespace}/${id.kind}`;
  const [first = Number.POSITIVE_INFINITY, second = Number.POSITIVE_INFINITY] = [a.order, b.order];
  if (first !== second) return first - second;
  return key(a) < key(b) ? -1 : 1;
};
