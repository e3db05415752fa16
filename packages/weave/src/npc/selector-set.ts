import type { IpSets } from './ip-sets.ts';
import type { PolicyType, SelectorSpec } from './selector-spec.ts';

/** What happens when selectors come and go. */
export interface SelectorHooks {
  /** A set was made for it: fill it. */
  created(spec: SelectorSpec): void;
  /** The first policy that isolates what it selects came, in a direction. */
  isolates?(spec: SelectorSpec, type: PolicyType): void;
  /** The last one went. */
  frees?(spec: SelectorSpec, type: PolicyType): void;
}

interface Use {
  readonly spec: SelectorSpec;
  readonly users: Set<string>;
  /** Users for which it isolates, by direction. */
  readonly isolating: Record<PolicyType, number>;
}

/**
 * The selectors of one kind that policies use, each with its set. A selector lives as long as one policy
 * uses it (weave, npc/selector.go).
 */
export class SelectorSet {
  readonly #uses = new Map<string, Use>();
  readonly #sets: IpSets;
  readonly #hooks: SelectorHooks;
  #version = 0;

  constructor(sets: IpSets, hooks: SelectorHooks) {
    this.#sets = sets;
    this.#hooks = hooks;
  }

  /** Moves on whenever a selector comes or goes. */
  get version(): number {
    return this.#version;
  }

  *specs(): IterableIterator<SelectorSpec> {
    for (const { spec } of this.#uses.values()) yield spec;
  }

  /** Whether some policy isolates, in a direction, the pods that a selector selects. */
  isolates(spec: SelectorSpec, type: PolicyType): boolean {
    return (this.#uses.get(spec.key)?.isolating[type] ?? 0) > 0;
  }

  /** Gives a user what it wants beyond what it has. Throws `NpcError` when a set's name is taken. */
  provision(
    user: string,
    has: ReadonlyMap<string, SelectorSpec>,
    wants: ReadonlyMap<string, SelectorSpec>,
  ): void {
    for (const [key, spec] of wants) {
      if (has.has(key)) continue;
      const use = this.#uses.get(key) ?? this.#create(spec);
      use.users.add(user);
      for (const type of spec.isolates) {
        use.isolating[type]++;
        if (use.isolating[type] === 1) this.#hooks.isolates?.(use.spec, type);
      }
    }
  }

  /** Takes from a user what it has beyond what it wants. */
  deprovision(
    user: string,
    has: ReadonlyMap<string, SelectorSpec>,
    wants: ReadonlyMap<string, SelectorSpec>,
  ): void {
    for (const [key, spec] of has) {
      const use = this.#uses.get(key);
      if (wants.has(key) || use?.users.delete(user) !== true) continue;
      if (use.users.size === 0) {
        this.#uses.delete(key);
        this.#version++;
        this.#sets.destroy(spec.setName);
      }
      for (const type of spec.isolates) {
        use.isolating[type]--;
        if (use.isolating[type] === 0) this.#hooks.frees?.(spec, type);
      }
    }
  }

  #create(spec: SelectorSpec): Use {
    this.#sets.create(spec.setName, spec.setType);
    const use: Use = { spec, users: new Set(), isolating: { Ingress: 0, Egress: 0 } };
    this.#uses.set(spec.key, use);
    this.#version++;
    this.#hooks.created(spec);
    return use;
  }
}
