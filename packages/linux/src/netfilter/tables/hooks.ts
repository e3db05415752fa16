import type { BuiltinChain, TableName } from '../rule.ts';

/** Hooks as bits, to say where a chain is reached from and where a rule may stand. */
export const HOOK_BIT: Readonly<Record<BuiltinChain, number>> = {
  PREROUTING: 1,
  INPUT: 2,
  FORWARD: 4,
  OUTPUT: 8,
  POSTROUTING: 16,
};

export const EVERY_HOOK = 31;

/** The built-in chains of each table, in the order in which they are printed. */
export const BUILTIN_CHAINS: Readonly<Record<TableName, readonly BuiltinChain[]>> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  security: ['INPUT', 'FORWARD', 'OUTPUT'],
};

/** The order in which iptables-save prints tables. */
export const TABLES_AS_SAVED: readonly TableName[] = ['mangle', 'security', 'raw', 'filter', 'nat'];
