import type { EndMatch, Policy, PolicyModel, Rule, Tier } from '../model.ts';
import type { Direction, PolicyRef } from '../verdict.ts';
import type { CompiledMatch, EndMatches } from './end-matches.ts';
import type { CompiledTraffic, RuleTraffic } from './traffic-sets.ts';

/** A rule with its ends and traffic looked up. */
export interface CompiledRule {
  readonly action: 'allow' | 'deny' | 'pass';
  /** What it asks of the end that the policy is about, and of the other; `undefined`: nothing. */
  readonly self: readonly CompiledMatch[] | undefined;
  readonly other: readonly CompiledMatch[] | undefined;
  readonly traffic: CompiledTraffic;
}

export interface CompiledPolicyRules {
  /** Different for each that was ever compiled. */
  readonly serial: number;
  readonly policy: Policy;
  readonly tier: CompiledTier;
  /** Its place in the tier; the lower is asked first. */
  order: number;
  /** False: about host endpoints alone. */
  readonly aboutPods: boolean;
  readonly ingress?: readonly CompiledRule[];
  readonly egress?: readonly CompiledRule[];
}

export interface CompiledTier {
  readonly index: number;
  readonly name: string;
  readonly unmatched: Tier['unmatched'];
  /** In the order in which they are asked. */
  readonly policies: CompiledPolicyRules[];
  readonly byRef: Map<string, CompiledPolicyRules>;
}

/** The policies of a model, compiled, in their tiers. */
export class Policies {
  readonly tiers: readonly CompiledTier[];
  readonly #matches: EndMatches;
  readonly #traffic: RuleTraffic;
  #serials = 0;

  constructor({ tiers }: PolicyModel, matches: EndMatches, traffic: RuleTraffic) {
    this.#matches = matches;
    this.#traffic = traffic;
    this.tiers = tiers.map(({ name, unmatched, policies }, index) => {
      const tier: CompiledTier = { index, name, unmatched, policies: [], byRef: new Map() };
      for (const [order, policy] of policies.entries()) {
        const compiled = this.#compile(policy, tier, order);
        tier.policies.push(compiled);
        tier.byRef.set(refKey(policy.ref), compiled);
      }
      return tier;
    });
  }

  /** The model that it was made from, as it is now. */
  model(given: PolicyModel): PolicyModel {
    const tiers = this.tiers.map(({ name, unmatched, policies }) => ({
      name,
      unmatched,
      policies: policies.map(({ policy }) => policy),
    }));
    return { ...given, tiers };
  }

  /** Puts a policy in the place of `before`, or before position `at`. */
  put(
    policy: Policy,
    tier: CompiledTier,
    before: CompiledPolicyRules | undefined,
    at = tier.policies.length,
  ): CompiledPolicyRules {
    const place = before === undefined ? at : tier.policies.indexOf(before);
    const last = tier.policies.at(-1)?.order ?? -1;
    const compiled = this.#compile(policy, tier, before?.order ?? last + 1);
    tier.policies.splice(place, before === undefined ? 0 : 1, compiled);
    tier.byRef.set(refKey(policy.ref), compiled);
    if (before === undefined && place < tier.policies.length - 1) {
      for (const [order, each] of tier.policies.entries()) each.order = order;
    }
    return compiled;
  }

  /** Takes a policy out of its tier. */
  remove(policy: CompiledPolicyRules): void {
    const { policies, byRef } = policy.tier;
    policies.splice(policies.indexOf(policy), 1);
    byRef.delete(refKey(policy.policy.ref));
  }

  /** Gives back what a policy's rules have looked up. */
  release({ ingress = [], egress = [] }: CompiledPolicyRules): void {
    for (const { self = [], other = [] } of [...ingress, ...egress]) {
      for (const match of [...self, ...other]) this.#matches.release(match);
    }
  }

  #compile(policy: Policy, tier: CompiledTier, order: number): CompiledPolicyRules {
    const { ingress, egress, stages } = policy;
    return {
      serial: this.#serials++,
      policy,
      tier,
      order,
      aboutPods: stages === undefined || stages.includes('endpoint'),
      ...(ingress === undefined ? {} : { ingress: this.#rules(ingress, 'ingress') }),
      ...(egress === undefined ? {} : { egress: this.#rules(egress, 'egress') }),
    };
  }

  #rules(rules: readonly Rule[], direction: Direction): readonly CompiledRule[] {
    return rules.flatMap(({ action, from, to, traffic }) => {
      if (action === 'log') return [];
      const [self, other] = direction === 'ingress' ? [to, from] : [from, to];
      return [
        {
          action,
          self: this.#ends(self),
          other: this.#ends(other),
          traffic: this.#traffic.of(traffic),
        },
      ];
    });
  }

  #ends(ends: 'anyone' | readonly EndMatch[]): readonly CompiledMatch[] | undefined {
    return ends === 'anyone' ? undefined : ends.map((match) => this.#matches.of(match));
  }
}

/** Equal for references to the same policy. */
export const refKey = ({ apiGroup = '', kind, namespace = '', name }: PolicyRef): string =>
  `${apiGroup}/${kind}/${namespace}/${name}`;
