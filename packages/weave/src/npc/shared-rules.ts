import type { IptablesCommand } from '@podpath/linux';
import { append, remove } from './chains.ts';
import { NpcError } from './npc-error.ts';
import type { PolicyRule } from './policy-rule.ts';

/**
 * The rules of policies in the chains that weave-npc fills. Equal rules exist once, as long as one policy
 * wants them (weave, npc/rule.go).
 */
export class SharedRules {
  readonly #users = new Map<string, { readonly rule: PolicyRule; readonly users: Set<string> }>();
  readonly #emit: (command: IptablesCommand) => void;

  constructor(emit: (command: IptablesCommand) => void) {
    this.#emit = emit;
  }

  /** Throws `NpcError` at the first IPv6 rule; the ones before it stay. */
  provision(
    user: string,
    has: ReadonlyMap<string, PolicyRule>,
    wants: ReadonlyMap<string, PolicyRule>,
  ): void {
    for (const [key, rule] of wants) {
      if (has.has(key)) continue;
      if (rule.ipv6) throw new NpcError('ipv6', 'iptables takes no IPv6 address');
      const shared = this.#users.get(key) ?? this.#add(key, rule);
      shared.users.add(user);
    }
  }

  deprovision(
    user: string,
    has: ReadonlyMap<string, PolicyRule>,
    wants: ReadonlyMap<string, PolicyRule>,
  ): void {
    for (const key of has.keys()) {
      const shared = this.#users.get(key);
      if (wants.has(key) || shared?.users.delete(user) !== true || shared.users.size > 0) continue;
      this.#users.delete(key);
      for (const rule of shared.rule.rules) this.#emit(remove(shared.rule.chain, rule));
    }
  }

  #add(key: string, rule: PolicyRule) {
    for (const one of rule.rules) this.#emit(append(rule.chain, one));
    const shared = { rule, users: new Set<string>() };
    this.#users.set(key, shared);
    return shared;
  }
}
