import type { Labels, WorkloadRef } from '../objects.ts';
import type { Inventory, PodInput, Workload } from '../read/inventory.ts';
import type { OwnerReference } from '../read/metadata.ts';

const keyOf = (namespace: string, { kind, name }: OwnerReference): string =>
  `${kind}/${namespace}/${name}`;

/** Kinds that usually belong to another workload. */
const IN_BETWEEN = ['ReplicaSet', 'Job'];

/** Who made what, from owner references, also where the input has only some of the objects. */
export class Owners {
  readonly #workloads = new Map<string, Workload>();
  readonly #alive = new Set<string>();

  constructor({ workloads, pods }: Inventory) {
    for (const workload of workloads) {
      this.#workloads.set(keyOf(workload.namespace, workload), workload);
    }
    for (const { namespace, owner, labels } of pods) {
      if (owner === undefined) continue;
      this.#alive.add(keyOf(namespace, owner));
      this.#alive.add(keyOf(namespace, this.#topOf(namespace, owner, labels)));
    }
  }

  /** The top workload of a pod: the Deployment rather than its ReplicaSet. The pod itself if it has none. */
  ofPod({ namespace, name, owner, labels }: PodInput): WorkloadRef {
    // The owner of a static pod's mirror is its node.
    if (owner === undefined || owner.kind === 'Node') return { kind: 'Pod', name };
    return this.#topOf(namespace, owner, labels);
  }

  ofWorkload(workload: Workload): WorkloadRef {
    return this.#topOf(workload.namespace, workload, workload.template.labels);
  }

  /** Whether a workload's pods have to be made: none are in the input, and no owner in it makes them. */
  makesPods(workload: Workload): boolean {
    if (this.#alive.has(keyOf(workload.namespace, workload))) return false;
    const top = keyOf(workload.namespace, this.ofWorkload(workload));
    return top === keyOf(workload.namespace, workload) || !this.#workloads.has(top);
  }

  #topOf(namespace: string, owner: OwnerReference, labels: Labels): WorkloadRef {
    const { kind, name } = owner;
    if (!IN_BETWEEN.includes(kind)) return { kind, name };
    const known = this.#workloads.get(keyOf(namespace, owner));
    if (known !== undefined) return known.owner ?? { kind, name };
    return guessOwner(owner, labels) ?? { kind, name };
  }
}

/** A controller's names give away its owner's: `web-5d4f8` with that template hash, `backup-28934520`. */
const guessOwner = ({ kind, name }: OwnerReference, labels: Labels): WorkloadRef | undefined => {
  const hash = labels['pod-template-hash'];
  if (kind === 'ReplicaSet' && hash !== undefined && name.endsWith(`-${hash}`)) {
    return { kind: 'Deployment', name: name.slice(0, -hash.length - 1) };
  }
  const scheduled = /^(.+)-[0-9]{8,10}$/.exec(name)?.[1];
  if (kind === 'Job' && scheduled !== undefined) return { kind: 'CronJob', name: scheduled };
  return undefined;
};
