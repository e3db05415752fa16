import type { FilterMemory } from '../ipset/address-filter.ts';
import type { MatchFunction } from '../match/match-function.ts';
import type { HookVerdict } from '../netfilter.ts';
import type { PacketView } from '../packet-view.ts';
import type { BuiltinChain, BuiltinPolicy, Rule, TableName } from '../rule.ts';
import type { Comparison } from './comparison.ts';
import { type SetQuestion, screenOf } from './screen.ts';
import { Screens } from './screens.ts';

/** What a rule that matched makes of the packet. */
export const Action = {
  CONTINUE: 0,
  ACCEPT: 1,
  DROP: 2,
  RETURN: 3,
  JUMP: 4,
  GOTO: 5,
  REJECT: 6,
  /** The rule is not emulated. */
  UNDECIDED: 7,
} as const;
export type Action = (typeof Action)[keyof typeof Action];

/** A target ready to run. */
export interface CompiledTarget {
  readonly action: Action;
  /** Does what the target does and says how the walk goes on, in place of `action`. */
  readonly act?: (view: PacketView) => Action;
  readonly chain?: Chain;
  readonly reject?: HookVerdict;
  /** Of an undecided one: why. */
  readonly why?: string;
}

/** A rule's matches ready to be asked. */
export interface CompiledTests {
  /** Every match; `undefined` when there is nothing to test. */
  readonly all: MatchFunction | undefined;
  /** The matches that are comparisons, and come before anything that keeps count. */
  readonly comparisons: readonly Comparison[];
  /** Those that are not. */
  readonly rest: MatchFunction | undefined;
  readonly questions: readonly SetQuestion[];
}

const STRIDE = 4;
const NONE = new Int32Array(0);

const packed = (comparisons: readonly Comparison[]): Int32Array =>
  comparisons.length === 0
    ? NONE
    : Int32Array.from(
        comparisons.flatMap(({ word, mask, value, differs }) => [
          word,
          mask,
          value,
          differs === true ? 0 : 1,
        ]),
      );

/** A rule in its place in a chain, compiled once, with its counters. */
export class ProgrammedRule {
  readonly rule: Rule;
  /** Every match. */
  readonly test: MatchFunction | undefined;
  readonly target: CompiledTarget;
  /** Hooks from which a chain with this rule may be reached. */
  readonly hooks: number;
  readonly screen: Comparison | undefined;
  readonly questions: readonly SetQuestion[];
  /** Word, mask, value, and 1 where the packet's bits have to be these, 0 where others. */
  readonly #comparisons: Int32Array;
  /** What the comparisons leave open. */
  readonly #rest: MatchFunction | undefined;
  packets = 0;
  bytes = 0;
  /** Its text, once something asked. */
  text: string | undefined;
  #drop: HookVerdict | undefined;
  #dropIndex = 0;

  constructor(rule: Rule, tests: CompiledTests, target: CompiledTarget, hooks: number) {
    this.rule = rule;
    this.test = tests.all;
    this.target = target;
    this.hooks = hooks;
    this.screen = screenOf(tests.comparisons);
    this.questions = tests.questions;
    this.#comparisons = packed(tests.comparisons);
    this.#rest = tests.rest;
  }

  /** Whether the rule fits a packet whose headers have been read; its words have to be there. */
  fits(view: PacketView): boolean {
    const comparisons = this.#comparisons;
    const { words } = view;
    for (let at = 0; at < comparisons.length; at += STRIDE) {
      const isSame =
        ((words[comparisons[at] ?? 0] ?? 0) & (comparisons[at + 1] ?? 0)) ===
        (comparisons[at + 2] ?? 0);
      if (isSame !== (comparisons[at + 3] === 1)) return false;
    }
    const rest = this.#rest;
    return rest === undefined || rest(view);
  }

  /** The verdict of dropping at this place; made once for each place that the rule has had. */
  dropVerdict(chain: Chain, index: number): HookVerdict {
    if (this.#drop === undefined || this.#dropIndex !== index) {
      this.#drop = { kind: 'drop', reason: `rule ${index} of ${chain.table} ${chain.name}` };
      this.#dropIndex = index;
    }
    return this.#drop;
  }

  /** Of a packet whose header a match of this rule could not read. */
  unreadableVerdict(chain: Chain, index: number): HookVerdict {
    const reason = `a header that rule ${index} of ${chain.table} ${chain.name} cannot read`;
    return { kind: 'drop', reason };
  }
}

/** A chain of one table of one family. */
export class Chain {
  readonly table: TableName;
  readonly name: string;
  /** The hook, for a built-in chain. */
  readonly hook: BuiltinChain | undefined;
  readonly rules: readonly ProgrammedRule[];
  /** Of a built-in chain: what becomes of a packet that no rule decided on. */
  policy: BuiltinPolicy = 'ACCEPT';
  /** Whether its policy has been said: only then is counted what it decides on, as in iptables over nftables. */
  isCounted = false;
  packets = 0;
  bytes = 0;
  /** Rules that jump or go here. */
  references = 0;
  /** Upper bound of the jumps that lead here from a built-in chain; -1 when none do. */
  level: number;
  /** Superset of the hooks from which it is reached. */
  reachedFrom: number;
  readonly policyDrop: HookVerdict;
  readonly #rules: ProgrammedRule[] = [];
  readonly #filters: FilterMemory;
  #screens: Screens | undefined;
  #screened = false;

  constructor(
    table: TableName,
    name: string,
    hook: BuiltinChain | undefined,
    place: { readonly hookBit: number; readonly filters: FilterMemory },
  ) {
    this.#filters = place.filters;
    this.table = table;
    this.name = name;
    this.hook = hook;
    this.level = hook === undefined ? -1 : 0;
    this.reachedFrom = place.hookBit;
    this.rules = this.#rules;
    this.policyDrop = { kind: 'drop', reason: `policy of ${table} ${name}` };
  }

  insert(at: number, rule: ProgrammedRule): void {
    this.#rules.splice(at, 0, rule);
    this.#screened = false;
  }

  /** The rule that was there. */
  remove(at: number): ProgrammedRule | undefined {
    const [rule] = this.#rules.splice(at, 1);
    this.#screened = false;
    return rule;
  }

  /** The rules that were there. */
  clear(): readonly ProgrammedRule[] {
    this.#screened = false;
    return this.#rules.splice(0);
  }

  /** Of a long chain: made when the first packet comes after the rules have changed, or what they ask has moved. */
  get screens(): Screens | undefined {
    if (!this.#screened || this.#screens?.isCurrent === false) {
      this.#screens = Screens.of(this.#rules, this.#filters);
      this.#screened = true;
    }
    return this.#screens;
  }
}
