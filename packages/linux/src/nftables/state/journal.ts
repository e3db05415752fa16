import type { ProgrammedRule } from '../evaluate/objects.ts';
import type { NftTable } from './table.ts';

/**
 * What a transaction has done so far, and how to take it back. What packets would notice (base
 * chains at their hooks) waits for the end.
 */
export class Journal {
  readonly #undo: (() => void)[] = [];
  readonly #restoreOrder = new Map<object, () => void>();
  readonly #atCommit: (() => void)[] = [];
  /** Rules that may lead somewhere new: they are in, or a map that they go by has changed. */
  readonly leads = new Map<ProgrammedRule, NftTable>();

  /** Carries out a step that can be taken back. */
  do(step: () => void, undo: () => void): void {
    step();
    this.#undo.push(undo);
  }

  /** Takes an entry out of a map, whose order is kept should it have to come back. */
  remove<V>(map: Map<string, V>, key: string, value: V): void {
    if (!this.#restoreOrder.has(map)) {
      const keys = [...map.keys()];
      this.#restoreOrder.set(map, () => sortByKeys(map, keys));
    }
    this.do(
      () => map.delete(key),
      () => map.set(key, value),
    );
  }

  atCommit(step: () => void): void {
    this.#atCommit.push(step);
  }

  commit(): void {
    for (const step of this.#atCommit) step();
  }

  rollback(): void {
    for (const undo of this.#undo.reverse()) undo();
    for (const restoreOrder of this.#restoreOrder.values()) restoreOrder();
  }
}

/** Entries of the keys given come first, in that order. */
const sortByKeys = <V>(map: Map<string, V>, keys: readonly string[]): void => {
  const entries = new Map(map);
  map.clear();
  for (const key of [...keys, ...entries.keys()]) {
    const value = entries.get(key);
    if (value !== undefined) map.set(key, value);
  }
};
