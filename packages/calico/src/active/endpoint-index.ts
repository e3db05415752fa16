import type { Cluster, Pod } from '@podpath/cluster';
import {
  type CalicoSelector,
  canonicalCalicoSelector,
  type LabelLookup,
  matchesCalicoSelector,
} from '@podpath/cluster';
import { endpointLabels, serviceAccountOf } from './endpoint-labels.ts';
import { LabelValues } from './label-values.ts';

/** Workload endpoints that no selector can tell apart: pods of one namespace with the same labels. */
export interface EndpointClass {
  readonly namespace: string;
  readonly labels: LabelLookup;
  readonly pods: readonly Pod[];
}

/**
 * The cluster's workload endpoints by what selectors match. Each distinct selector is evaluated once,
 * and over classes that have the labels that it asks for: replicas of one workload are one class. Host-network pods are no workload endpoints.
 */
export class EndpointIndex {
  readonly #classes: readonly EndpointClass[];
  readonly #values: LabelValues<EndpointClass>;
  readonly #matching = new Map<string, readonly EndpointClass[]>();

  constructor(cluster: Cluster) {
    const classes = new Map<string, { namespace: string; labels: LabelLookup; pods: Pod[] }>();
    for (const pod of cluster.pods.values()) {
      if (pod.hostNetwork || pod.ips.length === 0) continue;
      const own = Object.entries(pod.labels).sort();
      const key = JSON.stringify([pod.namespace, serviceAccountOf(pod), own]);
      const known = classes.get(key);
      if (known !== undefined) {
        known.pods.push(pod);
        continue;
      }
      const labels = endpointLabels(pod, cluster);
      classes.set(key, { namespace: pod.namespace, labels, pods: [pod] });
    }
    this.#classes = [...classes.values()];
    this.#values = new LabelValues(this.#classes);
  }

  get classes(): readonly EndpointClass[] {
    return this.#classes;
  }

  matching(selector: CalicoSelector): readonly EndpointClass[] {
    const text = canonicalCalicoSelector(selector);
    let found = this.#matching.get(text);
    if (found === undefined) {
      const candidates = this.#values.candidates(selector) ?? this.#classes;
      found = candidates.filter(({ labels }) => matchesCalicoSelector(selector, labels));
      this.#matching.set(text, found);
    }
    return found;
  }
}
