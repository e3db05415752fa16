import { checkName } from '../check/check-name.ts';
import { refuse } from '../check/refuse.ts';
import type { NftTableOperation } from '../model/command.ts';
import type { NftFamily } from '../model/ruleset.ts';
import type { Journal } from './journal.ts';
import { removeRules } from './rule-operations.ts';
import { type Ruleset, tableKey } from './ruleset.ts';
import { NftTable } from './table.ts';

export const applyTableOperation = (
  operation: NftTableOperation,
  ruleset: Ruleset,
  journal: Journal,
): void => {
  switch (operation.op) {
    case 'add-table':
    case 'create-table':
      addTable(operation, ruleset, journal);
      return;
    case 'delete-table':
      deleteTable(ruleset.table(operation.family, operation.table), ruleset, journal);
      return;
    case 'flush-table':
      for (const chain of ruleset.table(operation.family, operation.table).chains.values()) {
        removeRules(chain, ruleset, journal);
      }
  }
};

export const flushRuleset = (
  family: NftFamily | undefined,
  ruleset: Ruleset,
  journal: Journal,
): void => {
  for (const table of [...ruleset.tables.values()]) {
    if (family === undefined || table.family === family) deleteTable(table, ruleset, journal);
  }
};

const addTable = (
  operation: Extract<NftTableOperation, { readonly op: 'add-table' | 'create-table' }>,
  ruleset: Ruleset,
  journal: Journal,
): void => {
  const { op, family, table: name, comment, dormant = false } = operation;
  const there = ruleset.find(family, name);
  if (there !== undefined) {
    if (op === 'create-table') refuse('EEXIST', `there is a table ${family} ${name} already`);
    setDormant(there, dormant, ruleset, journal);
    return;
  }
  checkName(name, 'table');
  const table = new NftTable(family, name, ruleset.nextHandle(), comment);
  table.dormant = dormant;
  const key = tableKey(family, name);
  journal.do(
    () => ruleset.tables.set(key, table),
    () => ruleset.tables.delete(key),
  );
};

const setDormant = (
  table: NftTable,
  dormant: boolean,
  ruleset: Ruleset,
  journal: Journal,
): void => {
  const before = table.dormant;
  if (before === dormant) return;
  journal.do(
    () => {
      table.dormant = dormant;
    },
    () => {
      table.dormant = before;
    },
  );
  journal.atCommit(() => {
    for (const chain of table.chains.values()) {
      if (table.dormant) ruleset.baseChains.unregister(chain);
      else ruleset.baseChains.register(chain);
    }
  });
};

/** What is in it goes with it: nothing outside a table refers into it. */
const deleteTable = (table: NftTable, ruleset: Ruleset, journal: Journal): void => {
  for (const chain of table.chains.values()) removeRules(chain, ruleset, journal);
  const chains = [...table.chains.values()];
  journal.atCommit(() => {
    for (const chain of chains) ruleset.baseChains.unregister(chain);
  });
  journal.remove(ruleset.tables, tableKey(table.family, table.name), table);
};
