import type { Labels, Pod } from '@podpath/cluster';

/** Finds the pods that a Service's selector selects, without looking at every pod for every Service. */
export class LabelIndex {
  readonly #byLabel = new Map<string, Pod[]>();

  constructor(pods: Iterable<Pod>) {
    for (const pod of pods) {
      for (const [key, value] of Object.entries(pod.labels)) {
        const id = labelId(pod.namespace, key, value);
        const listed = this.#byLabel.get(id);
        if (listed === undefined) this.#byLabel.set(id, [pod]);
        else listed.push(pod);
      }
    }
  }

  /** Pods of the namespace that carry every label. None for an empty selector, which selects no pods in a Service. */
  select(namespace: string, selector: Labels): readonly Pod[] {
    const wanted = Object.entries(selector);
    let rarest: readonly Pod[] | undefined;
    for (const [key, value] of wanted) {
      const listed = this.#byLabel.get(labelId(namespace, key, value)) ?? [];
      if (rarest === undefined || listed.length < rarest.length) rarest = listed;
    }
    return (rarest ?? []).filter((pod) =>
      wanted.every(([key, value]) => pod.labels[key] === value),
    );
  }
}

/** Neither namespaces, label keys nor label values may contain a line feed. */
const labelId = (namespace: string, key: string, value: string): string =>
  `${namespace}\n${key}\n${value}`;
