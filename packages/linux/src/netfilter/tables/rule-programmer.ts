import type { IpFamily } from '@podpath/net';
import type { FilterMemory } from '../ipset/address-filter.ts';
import { compileMatch, type MatchResources } from '../match/compile-match.ts';
import { allOf, type MatchFunction } from '../match/match-function.ts';
import type { Refusal } from '../refusal.ts';
import type { Match, Rule, Target } from '../rule.ts';
import { Action, type Chain, type CompiledTests, ProgrammedRule } from './chain.ts';
import { checkRule } from './check-rule.ts';
import { compileTarget, type TargetResources } from './compile-target.ts';
import { hooksOf, needsConntrack } from './rule-needs.ts';
import { setQuestions, sortMatches } from './screen.ts';
import type { RuleProgrammer, Table } from './table.ts';
import { isIdle, undecidedBy } from './undecided.ts';

const NEVER: MatchFunction = () => false;

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

  get filters(): FilterMemory {
    return this.#matches.sets.filters;
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
    const why = undecidedBy(rule);
    const target =
      why === undefined
        ? compileTarget(rule.target, leadsTo, this.#targets)
        : { action: Action.UNDECIDED, why };
    return new ProgrammedRule(rule, this.#compile(rule), target, hooksOf(rule));
  }

  hold({ rule }: ProgrammedRule): void {
    if (needsConntrack(rule)) this.#conntrackUsers++;
    this.#count(rule, 1);
  }

  release({ rule }: ProgrammedRule): void {
    if (needsConntrack(rule)) this.#conntrackUsers--;
    this.#count(rule, -1);
  }

  #compile(rule: Rule): CompiledTests {
    const questions = setQuestions(rule, (name) => this.#matches.sets.get(name));
    if (isIdle(rule)) return { all: NEVER, comparisons: [], rest: NEVER, questions };
    const matches = headerFirst(rule.matches);
    const { comparisons, others } = sortMatches({ matches }, this.#matches.devices);
    const compiled = new Map(matches.map((match) => [match, compileMatch(match, this.#matches)]));
    const testOf = (tested: readonly Match[]): MatchFunction | undefined =>
      allOf(tested.map((match) => compiled.get(match)).filter((test) => test !== undefined));
    return { all: testOf(matches), comparisons, rest: testOf(others), questions };
  }

  #count({ matches, target }: Rule, by: 1 | -1): void {
    const { recent, hashlimits } = this.#matches;
    for (const match of matches) {
      if (match.kind === 'set') this.#countSet(match.set, by);
      else if (match.kind === 'recent') recent.count(match.name, by);
      else if (match.kind === 'hashlimit') hashlimits.count(match.name, by);
    }
    if (target?.kind === 'set') this.#countSet(target.set, by);
  }

  #countSet(name: string, by: 1 | -1): void {
    const slot = this.#matches.sets.get(name);
    if (slot !== undefined) slot.references += by;
  }
}

const chainName = (target: Target | undefined): string | undefined =>
  target?.kind === 'jump' || target?.kind === 'goto' ? target.chain : undefined;

/** What a rule says of the IP header and of devices is tested before any extension, wherever it stands (`ip_packet_match`). */
const IN_HEADER: ReadonlySet<Match['kind']> = new Set([
  'source',
  'destination',
  'in-interface',
  'out-interface',
  'protocol',
  'fragment',
]);

const headerFirst = (matches: readonly Match[]): readonly Match[] => [
  ...matches.filter(({ kind }) => IN_HEADER.has(kind)),
  ...matches.filter(({ kind }) => !IN_HEADER.has(kind)),
];
