import { checkName } from '../check/check-name.ts';
import { refuse } from '../check/refuse.ts';
import { Chain } from '../evaluate/objects.ts';
import { placeBit } from '../evaluate/places.ts';
import type { NftChainOperation } from '../model/command.ts';
import type { NftBaseChain } from '../model/ruleset.ts';
import { checkBaseChain, normaliseBase } from './base-chains.ts';
import type { Journal } from './journal.ts';
import { removeRules } from './rule-operations.ts';
import type { Ruleset } from './ruleset.ts';
import type { NftTable } from './table.ts';

export const applyChainOperation = (
  operation: NftChainOperation,
  ruleset: Ruleset,
  journal: Journal,
): void => {
  const table = ruleset.table(operation.family, operation.table);
  switch (operation.op) {
    case 'add-chain':
    case 'create-chain': {
      const there = table.chains.get(operation.chain);
      if (there === undefined) newChain(operation, table, ruleset, journal);
      else changeChain(operation, there, ruleset, journal);
      return;
    }
    case 'delete-chain':
      deleteChain(table.chain(operation.chain), table, ruleset, journal);
      return;
    case 'flush-chain':
      removeRules(table.chain(operation.chain), ruleset, journal);
  }
};

type AddChain = Extract<NftChainOperation, { readonly op: 'add-chain' | 'create-chain' }>;

const newChain = (
  { chain: name, base, policy, comment }: AddChain,
  table: NftTable,
  ruleset: Ruleset,
  journal: Journal,
): void => {
  checkName(name, 'chain');
  if (base === undefined && policy !== undefined) {
    refuse('EOPNOTSUPP', 'only a base chain has a policy');
  }
  if (base !== undefined) checkBaseChain(base, table.family);
  const chain = new Chain({
    family: table.family,
    table: table.name,
    name,
    handle: table.nextHandle(),
    base: base === undefined ? undefined : normaliseBase(base),
    comment,
    place: base === undefined ? 0 : placeBit(base),
  });
  if (policy !== undefined) chain.policy = policy;
  journal.do(
    () => table.chains.set(name, chain),
    () => table.chains.delete(name),
  );
  journal.atCommit(() => {
    if (!table.dormant) ruleset.baseChains.register(chain);
  });
};

/** Of a chain that is there the policy can change, and it can be put at further devices. */
const changeChain = (
  { op, base, policy }: AddChain,
  chain: Chain,
  ruleset: Ruleset,
  journal: Journal,
): void => {
  if (op === 'create-chain') refuse('EEXIST', `there is a chain ${chain.name} already`);
  if (base !== undefined) {
    if (chain.base === undefined) refuse('EEXIST', `${chain.name} is no base chain`);
    if (!isSameHook(base, chain.base)) {
      refuse('EOPNOTSUPP', 'type, hook and priority of a base chain cannot change');
    }
    addDevices(base, chain, ruleset, journal);
  }
  const next = policy ?? base?.policy;
  if (next === undefined) return;
  if (chain.base === undefined) refuse('EOPNOTSUPP', 'only a base chain has a policy');
  const before = chain.policy;
  journal.do(
    () => {
      chain.policy = next;
    },
    () => {
      chain.policy = before;
    },
  );
};

const addDevices = (base: NftBaseChain, chain: Chain, ruleset: Ruleset, journal: Journal): void => {
  const { base: before } = chain;
  const added = base.devices?.filter((device) => before?.devices?.includes(device) !== true) ?? [];
  if (before === undefined || added.length === 0) return;
  checkBaseChain(base, chain.family);
  const after = normaliseBase({ ...before, devices: [...(before.devices ?? []), ...added] });
  journal.do(
    () => {
      chain.base = after;
    },
    () => {
      chain.base = before;
    },
  );
  journal.atCommit(() => ruleset.baseChains.extend(chain, added));
};

const isSameHook = (a: NftBaseChain, b: NftBaseChain | undefined): boolean =>
  a.type === b?.type && a.hook === b.hook && a.priority === b.priority;

const deleteChain = (chain: Chain, table: NftTable, ruleset: Ruleset, journal: Journal): void => {
  removeRules(chain, ruleset, journal);
  if (chain.references > 0) refuse('EBUSY', `something leads to the chain ${chain.name}`);
  journal.remove(table.chains, chain.name, chain);
  journal.atCommit(() => ruleset.baseChains.unregister(chain));
};
