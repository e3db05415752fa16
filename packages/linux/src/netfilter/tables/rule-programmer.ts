import type { IpFamily } from '@podpath/net';
import { compileMatch, type MatchResources } from '../match/compile-match.ts';
import { allOf } from '../match/match-function.ts';
import type { Refusal } from '../refusal.ts';
import type { Match, Rule, Target } from '../rule.ts';
import { type Chain, ProgrammedRule } from './chain.ts';
import { checkRule } from './check-rule.ts';
import { compileTarget, type TargetResources } from './compile-target.ts';
import { hooksOf, needsConntrack } from './rule-needs.ts';
import type { RuleProgrammer, Table } from './table.ts';

/** Compiles rules of one family, and keeps count of what they hold: sets, recent lists, conntrack. */
export class FamilyProgrammer implements RuleProgrammer {
  readonly #family: IpFamily;
  readonly #matches: MatchResources;
  readonly #targets: TargetResources;
  #conntrackUsers = 0;

  constructor(family: IpFamily, matches: MatchResources, targets: TargetResources) {
    this.#family = family;
    this.#matches = matches;
    this.#targets = targets;
  }

  /** Conntrack sleeps until a rule needs it. */
  get needsConntrack(): boolean {
    return this.#conntrackUsers > 0;
  }

  program(rule: Rule, chain: Chain, table: Table): ProgrammedRule | Refusal {
    const place = { family: this.#family, table: table.name, builtin: chain.hook };
    const refusal = checkRule(rule, place, this.#matches.sets);
    if (refusal !== undefined) return refusal;
    const next = chainName(rule.target);
    const leadsTo = next === undefined ? undefined : table.chain(next);
    if (next !== undefined && leadsTo === undefined) {
      return { code: 'ENOENT', why: `chain '${next}' does not exist` };
    }
    if (leadsTo?.hook !== undefined) {
      return { code: 'EOPNOTSUPP', why: `a rule cannot lead to the built-in chain ${next}` };
    }
    const tests = rule.matches
      .map((match) => compileMatch(match, this.#matches))
      .filter((test) => test !== undefined);
    const target = compileTarget(rule.target, leadsTo, this.#targets);
    return new ProgrammedRule(rule, allOf(tests), target, hooksOf(rule));
  }

  hold({ rule }: ProgrammedRule): void {
    if (needsConntrack(rule)) this.#conntrackUsers++;
    for (const match of rule.matches) this.#count(match, 1);
  }

  release({ rule }: ProgrammedRule): void {
    if (needsConntrack(rule)) this.#conntrackUsers--;
    for (const match of rule.matches) this.#count(match, -1);
  }

  #count(match: Match, by: 1 | -1): void {
    const { sets, recent } = this.#matches;
    if (match.kind === 'set') {
      const slot = sets.get(match.set);
      if (slot !== undefined) slot.references += by;
    } else if (match.kind === 'recent') {
      recent.count(match.name, by);
    }
  }
}

const chainName = (target: Target | undefined): string | undefined =>
  target?.kind === 'jump' || target?.kind === 'goto' ? target.chain : undefined;
