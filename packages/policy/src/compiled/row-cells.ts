import { Folding } from './fold.ts';
import type { Identities, Identity } from './identities.ts';
import { deviantsOf, type Row } from './rows.ts';
import type { Tables } from './tables.ts';

/** One table of at most a MiB for all rows is dense: each identity has its place in each row. */
const MOST_DENSE_BYTES = 1 << 20;
const CELL_BYTES = 8;

export const isDense = (rows: number, identities: number): boolean =>
  rows * powerOfTwo(identities + 1) * CELL_BYTES <= MOST_DENSE_BYTES;

/** Fills a row and writes it to the tables. `dense`: with a place for each identity, so that look-ups hit at once. */
export const layOutRow = (
  tables: Tables,
  folding: Folding,
  identities: Identities,
  row: Row,
  dense: boolean,
): void => {
  const kind = row.family === 6 ? 1 : 0;
  row.defaults[0] = folding.ofDefault(row, kind);
  row.defaults[1] = folding.ofDefault(row, kind + 2);
  const folded = new Map<string, number>();
  const cells: [id: number, set: number][] = [];
  for (const other of deviantsOf(row, identities)) {
    const key = Folding.keyOf(row, other);
    let set = folded.get(key);
    if (set === undefined) {
      set = folding.of(row, other);
      folded.set(key, set);
    }
    if (set !== row.defaults[other.kind === 'pod' ? 0 : 1]) cells.push([other.id, set]);
  }
  const room = dense ? identities.count + 1 : Math.ceil(3 * cells.length);
  writeCells(tables, row, cells, powerOfTwo(Math.max(1, room)) - 1);
};

/** Writes cells where a look-up with this mask finds them. */
const writeCells = (
  tables: Tables,
  row: Row,
  cells: readonly (readonly [id: number, set: number])[],
  mask: number,
): void => {
  const sorted = cells.toSorted(([a], [b]) => (a & mask) - (b & mask));
  let next = 0;
  const places = sorted.map(([id]) => {
    const place = Math.max(next, id & mask);
    next = place + 1;
    return place;
  });
  // The last cell is empty, so that every look-up ends.
  const size = 2 * (Math.max(mask + 1, next) + 1);
  if (row.size > 0) tables.release(row.start, row.size);
  row.start = tables.allocate(size);
  row.size = size;
  row.mask = mask;
  row.taken = cells.length;
  const { words } = tables;
  for (const [index, [id, set]] of sorted.entries()) {
    const at = row.start + 2 * (places[index] ?? 0);
    words[at] = id;
    words[at + 1] = set;
  }
};

/** Sets what a row says of an identity; false when there is no room for it. */
export const setCell = (tables: Tables, row: Row, other: Identity, set: number): boolean => {
  const { words } = tables;
  let at = row.start + 2 * (other.id & row.mask);
  for (;;) {
    const key = words[at];
    if (key === other.id) {
      words[at + 1] = set;
      return true;
    }
    if (key === 0) break;
    at += 2;
  }
  if (set === row.defaults[other.kind === 'pod' ? 0 : 1]) return true;
  const last = row.start + row.size - 2;
  if (at >= last || row.taken >= MOST_TAKEN * (row.mask + 1)) return false;
  words[at + 1] = set;
  words[at] = other.id;
  row.taken++;
  return true;
};

const MOST_TAKEN = 0.8;

const powerOfTwo = (atLeast: number): number => 2 ** Math.ceil(Math.log2(Math.max(1, atLeast)));
