import type { Direction } from '../verdict.ts';
import type { EndMatches } from './end-matches.ts';
import { ExpressionIndex } from './expression-index.ts';
import type { Identity } from './identities.ts';
import { type LabelSources, predicateOf } from './labelled.ts';
import type { CompiledPolicyRules } from './policies.ts';

type Lists = Record<Direction, readonly CompiledPolicyRules[]>;

const NO_POLICIES: readonly CompiledPolicyRules[] = [];

/** Which policies select an identity, in the order in which they are asked. */
export class Selections {
  readonly #matches: EndMatches;
  readonly #sources: LabelSources;
  /** By the number of the identity. */
  readonly #lists: (Lists | undefined)[] = [];
  readonly #all = new Set<CompiledPolicyRules>();
  #index: ExpressionIndex<CompiledPolicyRules> | undefined;

  constructor(matches: EndMatches, sources: LabelSources) {
    this.#matches = matches;
    this.#sources = sources;
  }

  of({ id }: Identity, direction: Direction): readonly CompiledPolicyRules[] {
    return this.#lists[id]?.[direction] ?? NO_POLICIES;
  }

  /** Takes in policies that come after all that are there. */
  fill(policies: Iterable<CompiledPolicyRules>): void {
    const lists = new Map<number, Record<Direction, CompiledPolicyRules[]>>();
    for (const policy of policies) {
      if (!policy.aboutPods) continue;
      this.#all.add(policy);
      for (const { id } of this.#matches.selected(policy.policy.subject)) {
        let list = lists.get(id);
        if (list === undefined) {
          list = { egress: [], ingress: [] };
          lists.set(id, list);
          this.#lists[id] = list;
        }
        if (policy.egress !== undefined) list.egress.push(policy);
        if (policy.ingress !== undefined) list.ingress.push(policy);
      }
    }
  }

  /** Takes in a policy; returns the identities that it selects. */
  add(policy: CompiledPolicyRules): readonly Identity[] {
    if (!policy.aboutPods) return [];
    const { subject } = policy.policy;
    this.#all.add(policy);
    this.#index?.add(policy, subject, [subject]);
    const selected = this.#matches.selected(subject);
    for (const identity of selected) this.#put(identity, policy);
    return selected;
  }

  /** Takes a policy out; returns the identities that it selected. */
  remove(policy: CompiledPolicyRules): readonly Identity[] {
    if (!policy.aboutPods) return [];
    const { subject } = policy.policy;
    this.#all.delete(policy);
    this.#index?.remove(policy, subject, [subject]);
    const selected = this.#matches.selected(subject);
    for (const identity of selected) this.#drop(identity, policy);
    return selected;
  }

  /** Takes in a new identity. */
  admit(identity: Identity): void {
    this.#lists[identity.id] = undefined;
    if (identity.kind !== 'pod') return;
    for (const policy of this.#indexed().candidates(identity.things.slice(0, 1))) {
      if (this.#selects(policy, identity)) this.#put(identity, policy);
    }
  }

  /** After a label of its namespace has changed. */
  recheck(label: string, identity: Identity): void {
    if (identity.kind !== 'pod') return;
    for (const policy of this.#indexed().readersOf(label)) {
      this.#drop(identity, policy);
      if (this.#selects(policy, identity)) this.#put(identity, policy);
    }
  }

  #selects({ policy }: CompiledPolicyRules, { things: [pod] }: Identity): boolean {
    return pod !== undefined && predicateOf(policy.subject, this.#sources)(pod);
  }

  #put({ id }: Identity, policy: CompiledPolicyRules): void {
    const { egress = NO_POLICIES, ingress = NO_POLICIES } = this.#lists[id] ?? {};
    const more = (list: readonly CompiledPolicyRules[]) => [...list, policy].sort(inOrder);
    this.#lists[id] = {
      egress: policy.egress === undefined ? egress : more(egress),
      ingress: policy.ingress === undefined ? ingress : more(ingress),
    };
  }

  #drop({ id }: Identity, policy: CompiledPolicyRules): void {
    const lists = this.#lists[id];
    if (lists === undefined) return;
    const { egress, ingress } = lists;
    const less = (list: readonly CompiledPolicyRules[]) => list.filter((each) => each !== policy);
    this.#lists[id] = { egress: less(egress), ingress: less(ingress) };
  }

  #indexed(): ExpressionIndex<CompiledPolicyRules> {
    if (this.#index === undefined) {
      this.#index = new ExpressionIndex(this.#sources);
      for (const policy of this.#all) {
        this.#index.add(policy, policy.policy.subject, [policy.policy.subject]);
      }
    }
    return this.#index;
  }
}

const inOrder = (a: CompiledPolicyRules, b: CompiledPolicyRules): number =>
  a.tier.index - b.tier.index || a.order - b.order;
