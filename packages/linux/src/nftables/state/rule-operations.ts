import { checkRule } from '../check/check-rule.ts';
import { refuse } from '../check/refuse.ts';
import { compileRule } from '../evaluate/compile-rule.ts';
import { type Chain, type NamedSet, ProgrammedRule } from '../evaluate/objects.ts';
import type { NftRuleOperation } from '../model/command.ts';
import type { NftSetSpec } from '../model/ruleset.ts';
import { isAnonymousSet, type NftRule, type NftStatement } from '../model/statement.ts';
import { withNatFamilies } from '../normal/nat-family.ts';
import { normaliseRule } from '../normal/normalise-rule.ts';
import { ipFamiliesOf } from './base-chains.ts';
import type { Journal } from './journal.ts';
import type { Ruleset } from './ruleset.ts';
import type { NftTable } from './table.ts';

export const applyRuleOperation = (
  operation: NftRuleOperation,
  ruleset: Ruleset,
  journal: Journal,
): void => {
  const table = ruleset.table(operation.family, operation.table);
  const chain = table.chain(operation.chain);
  switch (operation.op) {
    case 'add-rule':
    case 'insert-rule': {
      const at = placeFor(operation, chain);
      insert(program(operation.rule, chain, table, ruleset), at, { table, ruleset, journal });
      return;
    }
    case 'replace-rule': {
      const at = placeOf(chain, operation.handle);
      const rule = program(operation.rule, chain, table, ruleset);
      remove(chain, at, ruleset, journal);
      insert(rule, at, { table, ruleset, journal });
      return;
    }
    case 'delete-rule':
      remove(chain, placeOf(chain, operation.handle), ruleset, journal);
  }
};

/** Empties a chain. */
export const removeRules = (chain: Chain, ruleset: Ruleset, journal: Journal): void => {
  const { rules } = chain;
  journal.do(
    () => {
      chain.replaceRules([]);
    },
    () => {
      chain.replaceRules(rules);
    },
  );
  for (const rule of rules) letGo(rule, ruleset, journal);
};

/** Rules are added after another or at the end, inserted before another or at the start. */
const placeFor = (
  operation: Extract<NftRuleOperation, { readonly op: 'add-rule' | 'insert-rule' }>,
  chain: Chain,
): number => {
  const { op, handle, index } = operation;
  const isAdd = op === 'add-rule';
  if (handle === undefined && index === undefined) return isAdd ? chain.rules.length : 0;
  const beside = handle === undefined ? (index ?? 0) : placeOf(chain, handle);
  if (chain.rules[beside] === undefined) noRule();
  return isAdd ? beside + 1 : beside;
};

const placeOf = (chain: Chain, handle: number): number => {
  const at = chain.rules.findIndex((rule) => rule.handle === handle);
  return at < 0 ? noRule() : at;
};

const noRule = (): never => refuse('ENOENT', 'there is no such rule');

const program = (
  written: NftRule,
  chain: Chain,
  table: NftTable,
  ruleset: Ruleset,
): ProgrammedRule => {
  const specOf = (name: string): NftSetSpec => table.set(name).spec;
  const normal = normaliseRule(written, table.family, ruleset.setEnvironment.devices);
  checkRule(normal, table.family, specOf);
  const rule = withNatFamilies(normal, specOf);
  const scope = {
    chain: (name: string) => table.chainToJumpTo(name),
    set: (name: string) => table.set(name),
    env: ruleset.setEnvironment,
  };
  const compiled = compileRule(rule, scope, {
    nat: ruleset.nat,
    connections: ruleset.connections,
    devices: ruleset.devices,
    family: table.family,
  });
  // A set in a rule is numbered too, before the rule is.
  for (const statement of rule.statements) if (hasAnonymousSet(statement)) table.nextHandle();
  return new ProgrammedRule(rule, table.nextHandle(), chain, compiled);
};

const hasAnonymousSet = (statement: NftStatement): boolean => {
  switch (statement.kind) {
    case 'match':
      return isAnonymousSet(statement.right);
    case 'vmap':
      return 'elements' in statement.map;
    case 'set-mark':
      return (
        typeof statement.value === 'object' &&
        statement.value.kind === 'map' &&
        'elements' in statement.value.map
      );
    case 'snat':
    case 'dnat':
      return 'kind' in statement.to && 'elements' in statement.to.map;
    default:
      return false;
  }
};

interface Place {
  readonly table: NftTable;
  readonly ruleset: Ruleset;
  readonly journal: Journal;
}

const insert = (rule: ProgrammedRule, at: number, { table, ruleset, journal }: Place): void => {
  const { chain } = rule;
  journal.do(
    () => {
      chain.insert(at, rule);
      hold(rule, 1, ruleset);
    },
    () => {
      chain.remove(at);
      hold(rule, -1, ruleset);
    },
  );
  journal.leads.set(rule, table);
  for (const statement of rule.rule.statements) {
    if (statement.kind === 'set-update') boundSize(table.set(statement.set), journal);
  }
};

/** A set that packets change has a size, as they would fill it without end. */
const boundSize = (named: NamedSet, journal: Journal): void => {
  const { spec } = named;
  if (spec.size !== undefined) return;
  const bounded = { ...spec, size: 65_535 };
  const configure = (next: NftSetSpec): void => {
    named.spec = next;
    named.set.configure(next);
  };
  journal.do(
    () => configure(bounded),
    () => configure(spec),
  );
};

const remove = (chain: Chain, at: number, ruleset: Ruleset, journal: Journal): void => {
  const rule = chain.rules[at];
  if (rule === undefined) return;
  journal.do(
    () => chain.remove(at),
    () => chain.insert(at, rule),
  );
  letGo(rule, ruleset, journal);
};

const letGo = (rule: ProgrammedRule, ruleset: Ruleset, journal: Journal): void => {
  journal.do(
    () => hold(rule, -1, ruleset),
    () => hold(rule, 1, ruleset),
  );
};

/** Counts a rule in or out wherever somebody counts who refers to what. */
const hold = (rule: ProgrammedRule, by: 1 | -1, ruleset: Ruleset): void => {
  const { leadsTo, sets, tracked } = rule.compiled;
  rule.isThere = by === 1;
  for (const chain of leadsTo) chain.references += by;
  for (const set of sets) {
    if (by === 1) set.users.add(rule);
    else set.users.delete(rule);
  }
  for (const family of ipFamiliesOf(rule.chain.family)) {
    if (tracked.includes(family)) ruleset.conntrackUsers[family] += by;
  }
};
