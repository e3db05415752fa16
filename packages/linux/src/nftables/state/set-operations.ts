import { checkElement } from '../check/check-element.ts';
import { checkName } from '../check/check-name.ts';
import { hasTimeouts } from '../check/check-rule.ts';
import { refuse } from '../check/refuse.ts';
import { compileVerdict, scalarsOf } from '../evaluate/compile-lookup.ts';
import {
  isCompiledVerdict,
  isSameData,
  type MapData,
  MOST_KEY_WORDS,
  NamedSet,
} from '../evaluate/objects.ts';
import type { NftElementOperation, NftSetOperation } from '../model/command.ts';
import { isDeclarable } from '../model/datatype.ts';
import type { NftElement, NftSetSpec, NftSetTypes } from '../model/ruleset.ts';
import { isVerdict } from '../model/statement.ts';
import { normaliseKey } from '../normal/normalise-key.ts';
import { keyWords } from '../sets/encode-key.ts';
import { NftSet } from '../sets/nft-set.ts';
import type { SetElement } from '../sets/set-element.ts';
import { autoMerged } from './auto-merge.ts';
import type { Journal } from './journal.ts';
import type { Ruleset } from './ruleset.ts';
import type { NftTable } from './table.ts';

export const applySetOperation = (
  operation: NftSetOperation,
  ruleset: Ruleset,
  journal: Journal,
): void => {
  const table = ruleset.table(operation.family, operation.table);
  switch (operation.op) {
    case 'add-set':
    case 'create-set':
      addSet(operation, table, ruleset, journal);
      return;
    case 'delete-set':
      deleteSet(table.set(operation.set), table, journal);
      return;
    case 'flush-set':
    case 'flush-map': {
      const named = table.set(operation.set);
      if ((named.spec.data !== undefined) !== (operation.op === 'flush-map')) {
        refuse('ENOENT', `${operation.set} is ${named.spec.data === undefined ? 'no' : 'a'} map`);
      }
      for (const element of [...named.set.elements()]) removeElement(element, named, journal);
    }
  }
};

const addSet = (
  { op, set: name, spec }: Extract<NftSetOperation, { readonly op: 'add-set' | 'create-set' }>,
  table: NftTable,
  ruleset: Ruleset,
  journal: Journal,
): void => {
  const there = table.sets.get(name);
  if (there !== undefined) {
    if (op === 'create-set' || !isSameKind(there.spec, spec)) {
      refuse('EEXIST', `there is a set ${name} already`);
    }
    reconfigure(there, spec, journal);
    return;
  }
  checkName(name, 'set');
  checkSpec(spec);
  const set = new NftSet<MapData>(spec, ruleset.setEnvironment, release);
  const named = new NamedSet(name, table.nextHandle(), spec, set);
  journal.do(
    () => table.sets.set(name, named),
    () => table.sets.delete(name),
  );
  if (spec.constant !== true) return;
  // From now on it has as many elements as it will ever have.
  journal.atCommit(() => set.configure({ ...spec, size: set.size }));
};

const checkSpec = (spec: NftSetSpec): void => {
  const { key, data, typeOf, interval, autoMerge, gcIntervalMs } = spec;
  if (key.length === 0) refuse('EINVAL', 'set definition does not specify key');
  const types = [...key, ...(data === undefined || data === 'verdict' ? [] : data)];
  const unknown = typeOf === undefined && types.find((type) => !isDeclarable(type));
  if (unknown !== false && unknown !== undefined) refuse('EINVAL', `unknown datatype ${unknown}`);
  if (keyWords(key) > MOST_KEY_WORDS) refuse('EINVAL', 'the key is too long');
  if (autoMerge === true && interval !== true) {
    refuse('EINVAL', 'auto-merge only works with interval sets');
  }
  if (autoMerge === true && data !== undefined) refuse('EINVAL', 'a map has no auto-merge');
  if (gcIntervalMs !== undefined && !hasTimeouts(spec)) {
    refuse('EINVAL', 'gc-interval in a set without timeouts');
  }
};

const isSameKind = (a: NftSetSpec, b: NftSetSpec): boolean =>
  isSameTypes(a, b) &&
  (a.counter === undefined) === (b.counter === undefined) &&
  (a.constant === true) === (b.constant === true) &&
  (a.interval === true) === (b.interval === true) &&
  (a.dynamic === true) === (b.dynamic === true) &&
  hasTimeouts(a) === hasTimeouts(b);

const isSameTypes = (a: NftSetTypes, b: NftSetTypes): boolean =>
  a.key.join() === b.key.join() && String(a.data) === String(b.data);

/** A set that is added again takes on the new timeout, and a new size if one is given. */
const reconfigure = (named: NamedSet, spec: NftSetSpec, journal: Journal): void => {
  const before = named.spec;
  const { timeoutMs: _, gcIntervalMs: __, ...rest } = before;
  const { timeoutMs, gcIntervalMs, size = before.size } = spec;
  const after: NftSetSpec = {
    ...rest,
    // What marks the set as one with timeouts stays with it.
    ...(hasTimeouts(before) ? { timeout: true } : {}),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(gcIntervalMs === undefined ? {} : { gcIntervalMs }),
    ...(size === undefined ? {} : { size }),
  };
  const set = (next: NftSetSpec): void => {
    named.spec = next;
    named.set.configure(next);
  };
  journal.do(
    () => set(after),
    () => set(before),
  );
};

const deleteSet = (named: NamedSet, table: NftTable, journal: Journal): void => {
  if (named.users.size > 0) refuse('EBUSY', `rules use the set ${named.name}`);
  for (const element of [...named.set.elements()]) removeElement(element, named, journal);
  journal.remove(table.sets, named.name, named);
};

export const applyElementOperation = (
  operation: NftElementOperation,
  ruleset: Ruleset,
  journal: Journal,
): void => {
  const table = ruleset.table(operation.family, operation.table);
  const named = table.set(operation.set);
  if (!isSameTypes(operation, named.spec)) {
    refuse('EINVAL', `the elements are not of the types of the set ${named.name}`);
  }
  const { devices } = ruleset.setEnvironment;
  const { set, spec } = named;
  let elements: readonly NftElement[] = operation.elements.map((written) => ({
    ...written,
    key: normaliseKey(spec.key, written.key, devices),
  }));
  const isDeletion = operation.op === 'delete-elements';
  if (spec.autoMerge === true && !isDeletion && spec.key.length === 1 && spec.key[0] !== 'ifname') {
    for (const element of elements) checkElement(element, spec, hasTimeouts(spec));
    elements = autoMerged(elements, set, devices, (there) => removeElement(there, named, journal));
  }
  for (const element of elements) {
    if (isDeletion) deleteElement(element, named, journal);
    else addElement(element, named, table, operation.op === 'create-elements', journal);
  }
  if (named.spec.data !== 'verdict' || operation.op === 'delete-elements') return;
  for (const rule of named.users) journal.leads.set(rule, table);
};

const addElement = (
  element: NftElement,
  named: NamedSet,
  table: NftTable,
  isCreate: boolean,
  journal: Journal,
): void => {
  const { set, spec } = named;
  checkElement(element, spec, hasTimeouts(spec));
  const encoded = set.encode(element, compileData(element, table));
  const there = set.conflict(encoded);
  if (there !== undefined) {
    const isSame = set.same(encoded) === there && isSameData(there.data, encoded.data);
    if (isCreate || !isSame) refuse('EEXIST', 'an element like it is there already');
    renew(there, encoded, journal);
    return;
  }
  if (set.isFull) refuse('ENFILE', 'the set is full');
  journal.do(
    () => {
      set.add(encoded);
      hold(encoded.data, 1);
    },
    () => {
      set.delete(encoded);
      hold(encoded.data, -1);
    },
  );
};

/** An element that is added again lives as long as the new one would. */
const renew = (there: SetElement<MapData>, anew: SetElement<MapData>, journal: Journal): void => {
  const before = { timeoutMs: there.timeoutMs, expiresAtMs: there.expiresAtMs };
  journal.do(
    () => {
      there.timeoutMs = anew.timeoutMs;
      there.expiresAtMs = anew.expiresAtMs;
    },
    () => {
      there.timeoutMs = before.timeoutMs;
      there.expiresAtMs = before.expiresAtMs;
    },
  );
};

const deleteElement = (element: NftElement, named: NamedSet, journal: Journal): void => {
  const { set } = named;
  const found = set.doomed(set.encode(element, undefined));
  if (found === undefined) {
    refuse('ENOENT', 'there is no such element');
    return;
  }
  removeElement(found, named, journal);
};

const removeElement = (element: SetElement<MapData>, { set }: NamedSet, journal: Journal): void => {
  journal.do(
    () => {
      set.delete(element);
      hold(element.data, -1);
    },
    () => {
      set.add(element);
      hold(element.data, 1);
    },
  );
};

const compileData = ({ data }: NftElement, table: NftTable): MapData | undefined => {
  if (data === undefined) return undefined;
  if (!isVerdict(data)) return scalarsOf(data);
  return compileVerdict(data, { chain: (name) => table.chainToJumpTo(name) });
};

const hold = (data: MapData | undefined, by: 1 | -1): void => {
  if (isCompiledVerdict(data) && data.chain !== undefined) data.chain.references += by;
};

const release = (data: MapData): void => hold(data, -1);
