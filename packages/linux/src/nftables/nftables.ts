import type { IpFamily } from '@podpath/net';
import { CommandError } from '../command-error.ts';
import { Refused } from './check/refuse.ts';
import type { NftCommand, NftOperation } from './model/command.ts';
import { applyChainOperation } from './state/chain-operations.ts';
import { Journal } from './state/journal.ts';
import { checkReach } from './state/reach.ts';
import { applyRuleOperation } from './state/rule-operations.ts';
import { type NftablesParts, Ruleset } from './state/ruleset.ts';
import { applyElementOperation, applySetOperation } from './state/set-operations.ts';
import { applyTableOperation, flushRuleset } from './state/table-operations.ts';
import { formatNftOperation } from './text/command-text.ts';
import { formatRuleset } from './text/format-ruleset.ts';
import type { NftListOptions } from './text/list-options.ts';

/** One namespace's nftables (net/netfilter/nf_tables_api.c), beside its iptables and on the same connections. */
export class Nftables {
  readonly #ruleset: Ruleset;

  constructor(parts: NftablesParts) {
    this.#ruleset = new Ruleset(parts);
  }

  /** Carries out a transaction. Throws `CommandError` and changes nothing when one of its operations cannot be. */
  apply(command: NftCommand): void {
    const journal = new Journal();
    let current: NftOperation | undefined;
    try {
      for (const operation of command.operations) {
        current = operation;
        this.#carryOut(operation, journal);
      }
      checkReach(journal.leads);
    } catch (error) {
      journal.rollback();
      if (!(error instanceof Refused)) throw error;
      const { code, why } = error.refusal;
      const text = current === undefined ? 'nft -f' : `nft ${formatNftOperation(current)}`;
      throw new CommandError(code, text, why);
    }
    journal.commit();
  }

  /** As `nft list ruleset` prints it. */
  list(options: NftListOptions): string {
    return formatRuleset(this.#ruleset, options);
  }

  /** Whether a rule reads or changes connections of this family. */
  needsConntrack(family: IpFamily): boolean {
    return this.#ruleset.conntrackUsers[family] > 0;
  }

  size(): { rules: number; chains: number; sets: number; setMembers: number } {
    const size = { rules: 0, chains: 0, sets: 0, setMembers: 0 };
    for (const { chains, sets } of this.#ruleset.tables.values()) {
      size.chains += chains.size;
      size.sets += sets.size;
      for (const chain of chains.values()) size.rules += chain.rules.length;
      for (const { set } of sets.values()) size.setMembers += set.size;
    }
    return size;
  }

  #carryOut(operation: NftOperation, journal: Journal): void {
    const ruleset = this.#ruleset;
    switch (operation.op) {
      case 'flush-ruleset':
        flushRuleset(operation.family, ruleset, journal);
        return;
      case 'add-table':
      case 'create-table':
      case 'delete-table':
      case 'flush-table':
        applyTableOperation(operation, ruleset, journal);
        return;
      case 'add-chain':
      case 'create-chain':
      case 'delete-chain':
      case 'flush-chain':
        applyChainOperation(operation, ruleset, journal);
        return;
      case 'add-rule':
      case 'insert-rule':
      case 'replace-rule':
      case 'delete-rule':
        applyRuleOperation(operation, ruleset, journal);
        return;
      case 'add-set':
      case 'create-set':
      case 'delete-set':
      case 'flush-set':
      case 'flush-map':
        applySetOperation(operation, ruleset, journal);
        return;
      case 'add-elements':
      case 'create-elements':
      case 'delete-elements':
        applyElementOperation(operation, ruleset, journal);
    }
  }
}
