import type { CompiledState } from './compiled-state.ts';
import { type Identity, KINDS, kindOf } from './identities.ts';
import type { Row } from './rows.ts';

/** See `IdentityMatrix.reach`. */
export type Reach = (
  trafficClass: number,
  visit: (to: number, sources: Uint32Array) => void,
) => void;

/** A row, who has it, and what it says of whom. */
interface Listed {
  readonly row: Row;
  readonly users: Int32Array;
  /** Its cells: identities by their indexes, and sets of traffic. */
  readonly others: Int32Array;
  readonly sets: Int32Array;
}

/**
 * What most rows say of most identities is their default. Rows of bits are copied for the defaults, and only what
 * deviates from them is done one by one.
 */
export const createReach = (
  state: CompiledState,
  list: readonly Identity[],
  indexes: Int32Array,
): Reach => {
  const words = Math.ceil(list.length / 32);
  const kinds = Int8Array.from(list, kindOf);
  const ofKind = Array.from({ length: KINDS }, () => new Uint32Array(words));
  for (const [index, kind] of kinds.entries()) set(ofKind[kind], index);
  const egress = listRows(state, 'egress', indexes);
  const ingress = listRows(state, 'ingress', indexes);

  return (trafficClass, visit) => {
    const passes = state.sets.passing(trafficClass);
    // For each kind of destination, who may send to most of it; and for each destination, of whom that is wrong.
    const usual = Array.from({ length: KINDS }, () => new Uint32Array(words));
    const unusual = new Map<number, { readonly users: Int32Array; readonly passes: boolean }[]>();
    for (const { row, users, others, sets } of egress) {
      const { defaults } = row;
      const family = row.family === 6 ? 1 : 0;
      for (const user of users) {
        if (passes[defaults[0]] === 1) set(usual[family], user);
        if (passes[defaults[1]] === 1) set(usual[family + 2], user);
      }
      for (let cell = 0; cell < others.length; cell++) {
        const to = others[cell] ?? 0;
        const pass = passes[sets[cell] ?? 0];
        if (pass === passes[defaults[(kinds[to] ?? 0) >> 1] ?? 0]) continue;
        const one = { users, passes: pass === 1 };
        const known = unusual.get(to);
        if (known === undefined) unusual.set(to, [one]);
        else known.push(one);
      }
    }

    const row = new Uint32Array(words);
    const sources = new Uint32Array(words);
    for (const {
      row: { family, defaults },
      users,
      others,
      sets,
    } of ingress) {
      const kind = family === 6 ? 1 : 0;
      row.fill(0);
      if (passes[defaults[0]] === 1) add(row, ofKind[kind]);
      if (passes[defaults[1]] === 1) add(row, ofKind[kind + 2]);
      for (let cell = 0; cell < others.length; cell++) {
        const from = others[cell] ?? 0;
        if (passes[sets[cell] ?? 0] === 1) set(row, from);
        else clear(row, from);
      }
      for (const to of users) {
        const open = usual[kinds[to] ?? 0];
        if (passes[defaults[0]] === 1 || passes[defaults[1]] === 1) {
          for (let word = 0; word < words; word++) {
            sources[word] = (row[word] ?? 0) & (open?.[word] ?? 0);
          }
        } else {
          // Nobody but those that have a cell.
          sources.fill(0);
          for (const from of others) if (has(row, from) && has(open, from)) set(sources, from);
        }
        for (const { users: froms, passes: pass } of unusual.get(to) ?? []) {
          for (const from of froms) {
            if (!pass) clear(sources, from);
            else if (has(row, from)) set(sources, from);
          }
        }
        visit(to, sources);
      }
    }
  };
};

const listRows = (
  state: CompiledState,
  direction: 'egress' | 'ingress',
  indexes: Int32Array,
): readonly Listed[] => {
  const listed: Listed[] = [];
  for (const row of state.rows.all()) {
    if (row.direction !== direction) continue;
    const users: number[] = [];
    for (const { id } of row.users) {
      const index = indexes[id] ?? -1;
      if (index >= 0) users.push(index);
    }
    const others: number[] = [];
    const sets: number[] = [];
    for (const [id, cell] of state.rows.cellsOf(row)) {
      const index = indexes[id] ?? -1;
      if (index < 0) continue;
      others.push(index);
      sets.push(cell);
    }
    listed.push({
      row,
      users: Int32Array.from(users),
      others: Int32Array.from(others),
      sets: Int32Array.from(sets),
    });
  }
  return listed;
};

const has = (bits: Uint32Array | undefined, index: number): boolean =>
  (((bits?.[index >>> 5] ?? 0) >>> (index & 31)) & 1) === 1;

const set = (bits: Uint32Array | undefined, index: number): void => {
  if (bits !== undefined) bits[index >>> 5] = (bits[index >>> 5] ?? 0) | (1 << (index & 31));
};

const clear = (bits: Uint32Array, index: number): void => {
  bits[index >>> 5] = (bits[index >>> 5] ?? 0) & ~(1 << (index & 31));
};

const add = (bits: Uint32Array, more: Uint32Array | undefined): void => {
  if (more === undefined) return;
  for (let word = 0; word < bits.length; word++) bits[word] = (bits[word] ?? 0) | (more[word] ?? 0);
};
