import type { IpFamily } from '@podpath/net';
import { FilterMemory } from '../../netfilter/ipset/address-filter.ts';
import type { HookVerdict, NetfilterEnvironment } from '../../netfilter/netfilter.ts';
import type { PacketView } from '../../netfilter/packet-view.ts';
import type { Comparison } from '../../netfilter/tables/comparison.ts';
import { Screens } from '../../netfilter/tables/screens.ts';
import type { NftBaseChain, NftFamily, NftSetSpec } from '../model/ruleset.ts';
import type { NftRule } from '../model/statement.ts';
import type { NftScalar } from '../model/value.ts';
import type { NftSet } from '../sets/nft-set.ts';
import type { SetElement } from '../sets/set-element.ts';

// A rule leads to chains and looks into sets, a chain has rules, a map leads to chains, and a packet on its
// way knows the chain it is to go to: those that refer to each other stand in one file, so that no two
// files do.

/** How a rule goes on after one of its statements. */
export const Step = {
  /** With the next statement. */
  NEXT: 0,
  /** The statement did not match: with the next rule. */
  BREAK: 1,
  ACCEPT: 2,
  DROP: 3,
  RETURN: 4,
  JUMP: 5,
  GOTO: 6,
  /** With what the statement has left in `verdict`. */
  VERDICT: 7,
} as const;
export type Step = (typeof Step)[keyof typeof Step];

/** A statement ready to run. Allocates nothing. */
export type StatementFunction = (at: Evaluation) => Step;

/** Words of the longest key that a set may have (NFT_DATA_VALUE_MAXLEN). */
export const MOST_KEY_WORDS = 16;

/** What statements share while a packet is looked at. One is reused for all packets of a namespace. */
export class Evaluation {
  view: PacketView;
  readonly env: NetfilterEnvironment;
  /** The key of the lookup that is under way. */
  readonly key = new Uint32Array(MOST_KEY_WORDS);
  /** Where JUMP and GOTO lead. */
  chain: Chain | undefined;
  /** Of VERDICT. */
  verdict: HookVerdict | undefined;

  constructor(view: PacketView, env: NetfilterEnvironment) {
    this.view = view;
    this.env = env;
  }
}

/** A verdict ready to be taken. */
export interface CompiledVerdict {
  readonly step: Step;
  readonly chain: Chain | undefined;
}

/** What a map has for a key: a verdict, or a value for each place. */
export type MapData = CompiledVerdict | readonly NftScalar[];

export const isCompiledVerdict = (data: MapData | undefined): data is CompiledVerdict =>
  data !== undefined && 'step' in data;

export const isSameData = (a: MapData | undefined, b: MapData | undefined): boolean => {
  if (a === undefined || b === undefined) return a === b;
  if (isCompiledVerdict(a)) return isCompiledVerdict(b) && a.step === b.step && a.chain === b.chain;
  return !isCompiledVerdict(b) && a.join() === b.join();
};

/** An element of a set that counts has been found. */
export const count = ({ counter }: SetElement<MapData>, { view }: Evaluation): void => {
  if (counter === undefined) return;
  counter.packets++;
  counter.bytes += view.lengthBytes;
};

/** A set that a table knows by name. */
export class NamedSet {
  readonly name: string;
  readonly handle: number;
  spec: NftSetSpec;
  readonly set: NftSet<MapData>;
  /** Rules that look into it or change it. */
  readonly users = new Set<ProgrammedRule>();

  constructor(name: string, handle: number, spec: NftSetSpec, set: NftSet<MapData>) {
    this.name = name;
    this.handle = handle;
    this.spec = spec;
    this.set = set;
  }
}

export interface Counter {
  packets: number;
  bytes: number;
}

/** What compiling a rule found out about it. */
export interface CompiledRule {
  readonly statements: readonly StatementFunction[];
  /** Of its `counter` statements, in order. */
  readonly counters: readonly Counter[];
  /** Chains that it or its anonymous maps lead to. */
  readonly leadsTo: readonly Chain[];
  /** Named sets that it looks into or changes. */
  readonly sets: readonly NamedSet[];
  /** Those of them whose verdicts it takes. */
  readonly leadsThrough: readonly NamedSet[];
  /** The kinds of base chains from which it may be reached, as bits of `placeBit`. */
  readonly places: number;
  /** Conntrack sleeps until a rule needs it: in these families, as far as the table sees them. */
  readonly tracked: readonly IpFamily[];
  /** Worth telling when it is reached to the end: it does more than count. */
  readonly hasEffect: boolean;
  /** What a packet has to be to get past what the rule begins with. */
  readonly screen: Comparison | undefined;
}

const NO_QUESTIONS: readonly [] = [];
const NO_FILTERS = new FilterMemory();

/** A rule in its place, compiled once. */
export class ProgrammedRule {
  readonly rule: NftRule;
  readonly handle: number;
  readonly chain: Chain;
  readonly compiled: CompiledRule;
  readonly statements: readonly StatementFunction[];
  readonly screen: Comparison | undefined;
  /** Sets of nftables have no filters. */
  readonly questions = NO_QUESTIONS;
  /** In its chain, that is, and not taken out again. */
  isThere = false;
  #drop: HookVerdict | undefined;
  #dropIndex = 0;

  constructor(rule: NftRule, handle: number, chain: Chain, compiled: CompiledRule) {
    this.rule = rule;
    this.handle = handle;
    this.chain = chain;
    this.compiled = compiled;
    this.statements = compiled.statements;
    this.screen = compiled.screen;
  }

  /** The verdict of dropping at this place; made once for each place that the rule has had. */
  dropVerdict(index: number): HookVerdict {
    if (this.#drop === undefined || this.#dropIndex !== index) {
      this.#drop = { kind: 'drop', reason: `rule ${index} of ${this.chain.title}` };
      this.#dropIndex = index;
    }
    return this.#drop;
  }
}

/** What a chain is born with. */
export interface ChainParts {
  readonly family: NftFamily;
  readonly table: string;
  readonly name: string;
  readonly handle: number;
  readonly base?: NftBaseChain | undefined;
  readonly comment?: string | undefined;
  /** Of a base chain, its bit of `placeBit`. */
  readonly place: number;
}

/** A chain of one table. */
export class Chain {
  readonly family: NftFamily;
  readonly table: string;
  readonly name: string;
  readonly handle: number;
  base: NftBaseChain | undefined;
  /** Of a base chain: what becomes of a packet that no rule decided on. */
  policy: 'accept' | 'drop';
  readonly comment: string | undefined;
  readonly place: number;
  #rules: ProgrammedRule[] = [];
  /** Rules and map elements that lead here. */
  references = 0;
  /** Upper bound of the jumps that lead here from a base chain; -1 when none do. */
  level: number;
  /** Superset of the kinds of base chains from which it is reached. */
  reachedFrom: number;
  #policyDrop: HookVerdict | undefined;
  #screens: Screens | undefined;
  #screened = false;

  constructor(parts: ChainParts) {
    this.family = parts.family;
    this.table = parts.table;
    this.name = parts.name;
    this.handle = parts.handle;
    this.base = parts.base;
    this.policy = parts.base?.policy ?? 'accept';
    this.comment = parts.comment;
    this.place = parts.place;
    this.level = parts.base === undefined ? -1 : 0;
    this.reachedFrom = parts.place;
  }

  get policyDrop(): HookVerdict {
    this.#policyDrop ??= { kind: 'drop', reason: `policy of ${this.title}` };
    return this.#policyDrop;
  }

  get rules(): readonly ProgrammedRule[] {
    return this.#rules;
  }

  /** In place of all that were there. */
  replaceRules(rules: readonly ProgrammedRule[]): void {
    this.#rules = [...rules];
    this.#screened = false;
  }

  insert(at: number, rule: ProgrammedRule): void {
    this.#rules.splice(at, 0, rule);
    this.#screened = false;
  }

  remove(at: number): void {
    this.#rules.splice(at, 1);
    this.#screened = false;
  }

  /** Of a long chain: made when the first packet comes after the rules have changed. */
  get screens(): Screens | undefined {
    if (!this.#screened) {
      this.#screens = Screens.of(this.#rules, NO_FILTERS);
      this.#screened = true;
    }
    return this.#screens;
  }

  /** For people: `ip filter input`. */
  get title(): string {
    return `${this.family} ${this.table} ${this.name}`;
  }
}
