import { type LabelSelector, type Labels, matchesSelector } from '@podpath/cluster';
import type { IpsetEntry } from '@podpath/linux';
import type { Ipv4 } from '@podpath/net';
import type { IpSets } from './ip-sets.ts';
import type { NpcNamespace, NpcPod, NpcPolicy } from './objects.ts';
import { SelectorSet } from './selector-set.ts';
import {
  allPodsSpec,
  defaultAllowSet,
  type PolicyType,
  type SelectorSpec,
} from './selector-spec.ts';

const TYPES: readonly PolicyType[] = ['Ingress', 'Egress'];

/** What weave-npc knows of one namespace: its pods, the selectors over them, and who is isolated (npc/namespace.go). */
export class NamespaceState {
  readonly name: string;
  readonly policies = new Map<string, NpcPolicy>();
  /** Selectors over this namespace's pods. */
  readonly selectors: SelectorSet;
  readonly allPods: SelectorSpec;
  readonly #pods = new Map<string, NpcPod>();
  readonly #sets: IpSets;
  /** Selectors over the pods of several namespaces. */
  readonly #acrossNamespaces: SelectorSet;
  #object: NpcNamespace | undefined;
  /** Those of the selectors across namespaces that select this one, as of a version of them. */
  #reaching: { readonly version: number; readonly specs: readonly SelectorSpec[] } | undefined;

  constructor(name: string, sets: IpSets, acrossNamespaces: SelectorSet) {
    this.name = name;
    this.#sets = sets;
    this.#acrossNamespaces = acrossNamespaces;
    this.selectors = new SelectorSet(sets, {
      created: (spec) => this.fill(spec),
      isolates: (spec, type) => {
        for (const { pod, address } of this.#selected(spec)) this.#disallow(type, pod, address);
      },
      frees: (spec, type) => {
        for (const { pod, address } of this.#selected(spec)) {
          if (!this.#isolatedBy(this.#specsFor(pod.labels), type)) this.#allow(type, pod, address);
        }
      },
    });
    for (const type of TYPES) sets.create(defaultAllowSet(type, name), 'hash:ip');
    this.allPods = allPodsSpec(name);
    this.selectors.provision(this.#user, new Map(), this.#own);
  }

  get isEmpty(): boolean {
    return this.object === undefined && this.policies.size === 0 && this.#pods.size === 0;
  }

  destroyDefaultAllow(): void {
    for (const type of TYPES) this.#sets.destroy(defaultAllowSet(type, this.name));
  }

  destroy(): void {
    this.destroyDefaultAllow();
    this.selectors.deprovision(this.#user, this.#own, new Map());
  }

  /** Set while the namespace object itself is known; pods and policies may come before it. */
  get object(): NpcNamespace | undefined {
    return this.#object;
  }

  set object(object: NpcNamespace | undefined) {
    this.#object = object;
    this.#reaching = undefined;
  }

  /** Whether a selector selects this namespace: never while its labels are not known. */
  isSelectedBy(selector: LabelSelector): boolean {
    return this.object !== undefined && matchesSelector(selector, this.object.labels);
  }

  /** Puts this namespace's pods into a selector's new set. */
  fill(spec: SelectorSpec): void {
    for (const { pod, address } of this.#selected(spec)) this.#put(spec, pod, address);
  }

  addPod(pod: NpcPod): void {
    this.#pods.set(pod.uid, pod);
    if (pod.address === undefined) return;
    const specs = this.#specsFor(pod.labels);
    for (const spec of specs) this.#put(spec, pod, pod.address);
    for (const type of TYPES) {
      if (!this.#isolatedBy(specs, type)) this.#allow(type, pod, pod.address);
    }
  }

  deletePod(pod: NpcPod): void {
    this.#pods.delete(pod.uid);
    if (pod.address === undefined) return;
    for (const type of TYPES) this.#disallow(type, pod, pod.address);
    for (const spec of this.#specsFor(pod.labels)) this.#take(spec, pod, pod.address);
  }

  updatePod(before: NpcPod, after: NpcPod): void {
    if (before.address === undefined || after.address === undefined) {
      this.deletePod(before);
      this.addPod(after);
      return;
    }
    this.#pods.set(after.uid, after);
    const moved = before.address !== after.address;
    const old = this.#specsFor(before.labels);
    const wanted = this.#specsFor(after.labels);
    for (const spec of old) {
      if (moved || !wanted.includes(spec)) this.#take(spec, before, before.address);
    }
    for (const spec of wanted) {
      if (moved || !old.includes(spec)) this.#put(spec, after, after.address);
    }
    for (const type of TYPES) {
      if (moved) this.#disallow(type, before, before.address);
      if (this.#isolatedBy(wanted, type)) this.#disallow(type, after, after.address);
      else this.#allow(type, after, after.address);
    }
  }

  get #user(): string {
    return `namespace ${this.name}`;
  }

  get #own(): ReadonlyMap<string, SelectorSpec> {
    return new Map([[this.allPods.key, this.allPods]]);
  }

  /** The selectors that select a pod of this namespace with these labels. */
  #specsFor(labels: Labels): SelectorSpec[] {
    const specs: SelectorSpec[] = [];
    for (const each of [this.selectors.specs(), this.#specsAcross()]) {
      for (const spec of each) if (selectsPod(spec, labels)) specs.push(spec);
    }
    return specs;
  }

  /** Worked out anew when any has come or gone, not for each pod: there may be thousands. */
  #specsAcross(): readonly SelectorSpec[] {
    const { version } = this.#acrossNamespaces;
    if (this.#reaching?.version !== version) {
      const specs = [...this.#acrossNamespaces.specs()].filter(
        ({ namespaces }) => namespaces === undefined || this.isSelectedBy(namespaces),
      );
      this.#reaching = { version, specs };
    }
    return this.#reaching.specs;
  }

  *#selected(spec: SelectorSpec): IterableIterator<{ pod: NpcPod; address: Ipv4 }> {
    if (this.#pods.size === 0) return;
    if (spec.namespaces !== undefined && !this.isSelectedBy(spec.namespaces)) return;
    for (const pod of this.#pods.values()) {
      const { address } = pod;
      if (address !== undefined && selectsPod(spec, pod.labels)) yield { pod, address };
    }
  }

  #isolatedBy(specs: readonly SelectorSpec[], type: PolicyType): boolean {
    return specs.some((spec) => this.selectors.isolates(spec, type));
  }

  #put(spec: SelectorSpec, pod: NpcPod, address: Ipv4): void {
    this.#sets.add(spec.setName, entryOf(address), pod.uid, commentOf(pod));
  }

  #take(spec: SelectorSpec, pod: NpcPod, address: Ipv4): void {
    this.#sets.remove(spec.setName, entryOf(address), pod.uid);
  }

  #allow(type: PolicyType, pod: NpcPod, address: Ipv4): void {
    const set = defaultAllowSet(type, this.name);
    this.#sets.add(set, entryOf(address), pod.uid, commentOf(pod));
  }

  #disallow(type: PolicyType, pod: NpcPod, address: Ipv4): void {
    this.#sets.remove(defaultAllowSet(type, this.name), entryOf(address), pod.uid);
  }
}

const selectsPod = ({ pods }: SelectorSpec, labels: Labels): boolean =>
  pods === undefined || matchesSelector(pods, labels);

const entryOf = (address: Ipv4): IpsetEntry => ({ kind: 'ip', address });

const commentOf = (pod: NpcPod): string => `namespace: ${pod.namespace}, pod: ${pod.name}`;
