import type { IpFamily } from '@podpath/net';
import { CommandError } from '../../command-error.ts';
import type { Counters, IptablesCommand } from '../../commands.ts';
import type { FilterMemory } from '../ipset/address-filter.ts';
import { invalid, type Refusal } from '../refusal.ts';
import type { BuiltinPolicy, Rule, TableName } from '../rule.ts';
import { formatIptablesCommand } from '../text/iptables-text.ts';
import { formatRule } from '../text/rule-text.ts';
import { Chain, type ProgrammedRule } from './chain.ts';
import { BUILTIN_CHAINS, HOOK_BIT } from './hooks.ts';
import { reachAnew, reachByRule } from './reach.ts';

const LONGEST_CHAIN_NAME = 28;
/** Targets that need no chain: a chain of that name could not be told from them. */
const TARGET_NAMES: ReadonlySet<string> = new Set(['ACCEPT', 'DROP', 'QUEUE', 'RETURN']);

/** Makes rules ready and lets go of what they held. */
export interface RuleProgrammer {
  /** Of the sets that rules ask. */
  readonly filters: FilterMemory;
  /** The rule for its place, or why it cannot stand there; holds nothing yet. */
  program(rule: Rule, chain: Chain, table: Table): ProgrammedRule | Refusal;
  hold(rule: ProgrammedRule): void;
  release(rule: ProgrammedRule): void;
}

/** One table of one family: its chains, and the commands that change them. */
export class Table {
  readonly family: IpFamily;
  readonly name: TableName;
  readonly #chains = new Map<string, Chain>();
  readonly #programmer: RuleProgrammer;
  #rules = 0;

  constructor(family: IpFamily, name: TableName, programmer: RuleProgrammer) {
    this.family = family;
    this.name = name;
    this.#programmer = programmer;
    for (const hook of BUILTIN_CHAINS[name]) {
      const place = { hookBit: HOOK_BIT[hook], filters: programmer.filters };
      this.#chains.set(hook, new Chain(name, hook, hook, place));
    }
  }

  get ruleCount(): number {
    return this.#rules;
  }

  get chainCount(): number {
    return this.#chains.size;
  }

  chain(name: string): Chain | undefined {
    return this.#chains.get(name);
  }

  chains(): IterableIterator<Chain> {
    return this.#chains.values();
  }

  /** Throws `CommandError`, and then changes nothing. */
  apply(command: IptablesCommand): void {
    const refusal = this.#carryOut(command);
    if (refusal !== undefined) {
      throw new CommandError(refusal.code, formatIptablesCommand(command), refusal.why);
    }
  }

  #carryOut(command: IptablesCommand): Refusal | undefined {
    if (command.op === 'new-chain') return this.#newChain(command.chain);
    const chain = this.#chains.get(command.chain);
    if (chain === undefined) return NO_CHAIN;
    switch (command.op) {
      case 'flush-chain':
        this.#flush(chain);
        return undefined;
      case 'delete-chain':
        return this.#deleteChain(chain);
      case 'policy':
        return setPolicy(chain, command.policy, command.counters);
      case 'append':
        return this.#insert(chain, command.rule, chain.rules.length, command.counters);
      case 'insert':
        if (!Number.isInteger(command.index) || command.index < 1) {
          return invalid(`invalid rule number \`${command.index}'`);
        }
        if (command.index > chain.rules.length + 1) return INDEX_TOO_BIG;
        return this.#insert(chain, command.rule, command.index - 1);
      case 'delete':
        return this.#deleteRule(chain, command.rule);
    }
  }

  #newChain(name: string): Refusal | undefined {
    if (this.#chains.has(name)) return CHAIN_EXISTS;
    const refusal = checkChainName(name);
    if (refusal !== undefined) return refusal;
    const place = { hookBit: 0, filters: this.#programmer.filters };
    this.#chains.set(name, new Chain(this.name, name, undefined, place));
    return undefined;
  }

  #deleteChain(chain: Chain): Refusal | undefined {
    if (chain.hook !== undefined || chain.references > 0 || chain.rules.length > 0) return BUSY;
    this.#chains.delete(chain.name);
    return undefined;
  }

  #flush(chain: Chain): void {
    for (const rule of chain.clear()) this.#letGo(rule);
  }

  #insert(chain: Chain, rule: Rule, at: number, counters?: Counters): Refusal | undefined {
    const programmed = this.#programmer.program(rule, chain, this);
    if ('code' in programmed) return programmed;
    chain.insert(at, programmed);
    const refusal = reachByRule(chain, programmed, () => this.#chains.values());
    if (refusal !== undefined) {
      chain.remove(at);
      reachAnew(this.#chains.values());
      return refusal;
    }
    if (counters !== undefined) {
      programmed.packets = counters.packets;
      programmed.bytes = counters.bytes;
    }
    this.#rules++;
    this.#programmer.hold(programmed);
    if (programmed.target.chain !== undefined) programmed.target.chain.references++;
    return undefined;
  }

  /** The first rule with the same text. */
  #deleteRule(chain: Chain, rule: Rule): Refusal | undefined {
    const text = formatRule(rule, this.family);
    const at = chain.rules.findIndex((programmed) => {
      programmed.text ??= formatRule(programmed.rule, this.family);
      return programmed.text === text;
    });
    const programmed = at < 0 ? undefined : chain.remove(at);
    if (programmed === undefined) return NO_RULE;
    this.#letGo(programmed);
    return undefined;
  }

  #letGo(rule: ProgrammedRule): void {
    this.#rules--;
    this.#programmer.release(rule);
    if (rule.target.chain !== undefined) rule.target.chain.references--;
  }
}

const setPolicy = (
  chain: Chain,
  policy: BuiltinPolicy,
  counters: Counters | undefined,
): Refusal | undefined => {
  if (chain.hook === undefined) return { code: 'ENOENT', why: 'bad built-in chain name' };
  if (chain.table === 'nat' && policy === 'DROP') {
    return invalid(
      'the "nat" table is not intended for filtering, the use of DROP is therefore inhibited',
    );
  }
  chain.policy = policy;
  chain.isCounted = true;
  chain.packets = counters?.packets ?? 0;
  chain.bytes = counters?.bytes ?? 0;
  return undefined;
};

const checkChainName = (name: string): Refusal | undefined => {
  if (name.length === 0 || name.length > LONGEST_CHAIN_NAME) {
    return invalid(`chain name \`${name}' must be of 1 to ${LONGEST_CHAIN_NAME} characters`);
  }
  if (name.startsWith('-') || name.startsWith('!')) {
    return invalid(`chain name not allowed to start with \`${name.charAt(0)}'`);
  }
  if (TARGET_NAMES.has(name)) return invalid('chain name may not clash with target name');
  if (/\s/.test(name)) return invalid(`invalid chain name \`${name}'`);
  return undefined;
};

const NO_CHAIN: Refusal = { code: 'ENOENT', why: 'no chain/target/match by that name' };
const CHAIN_EXISTS: Refusal = { code: 'EEXIST', why: 'chain already exists' };
const BUSY: Refusal = { code: 'EBUSY', why: 'the chain is built in, referred to, or not empty' };
const INDEX_TOO_BIG: Refusal = { code: 'E2BIG', why: 'index of insertion too big' };
const NO_RULE: Refusal = {
  code: 'ENOENT',
  why: 'bad rule (does a matching rule exist in that chain?)',
};
