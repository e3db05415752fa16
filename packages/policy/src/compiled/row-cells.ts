import { Folding } from './fold.ts';
import type { Identities, Identity } from './identities.ts';
import { deviantsOf, type Row } from './rows.ts';
import { CELL_WORDS, NO_CELLS, NUMBER, SIGN, SPREAD, type Tables } from './tables.ts';

/** Fills a row and writes it to the tables. */
export const layOutRow = (
  tables: Tables,
  folding: Folding,
  identities: Identities,
  row: Row,
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
  writeCells(tables, row, cells);
};

/** Writes cells where a look-up finds them. */
const writeCells = (
  tables: Tables,
  row: Row,
  cells: readonly (readonly [id: number, set: number])[],
): void => {
  if (row.size > 0) tables.release(row.start, row.size);
  row.taken = cells.length;
  row.size = 0;
  row.start = NO_CELLS.start;
  row.shift = NO_CELLS.shift;
  if (cells.length === 0) return;
  row.shift = shiftFor(cells.length);
  const sorted = cells
    .map(([id, set]) => ({ id, set, home: homeOf(id, row.shift) }))
    .sort((a, b) => a.home - b.home);
  let next = 0;
  const placed = sorted.map((cell) => {
    const place = Math.max(next, cell.home);
    next = place + 1;
    return { ...cell, place };
  });
  row.size = CELL_WORDS * (Math.max(homesOf(row.shift), next) + SPARE);
  row.start = tables.allocate(row.size);
  for (const { id, set, home, place } of placed) {
    put(tables.words, row, id, set, home, place);
  }
};

/** Where look-ups find a row. */
export const placeWord = ({ start, shift }: Row): number => (start / CELL_WORDS) * 32 + shift;

/** Puts a cell in its place, with a sign along the way that leads there. */
const put = (
  words: Int32Array,
  { start }: Row,
  id: number,
  set: number,
  home: number,
  place: number,
): void => {
  for (let each = home; each < place; each++) {
    const at = start + CELL_WORDS * each;
    words[at] = (words[at] ?? 0) | SIGN;
  }
  const at = start + CELL_WORDS * place;
  words[at] = id;
  words[at + 1] = set;
};

/** What a row says of those that it has cells for. */
export function* cellsIn(
  { words }: Tables,
  { start, size }: Row,
): Generator<readonly [id: number, set: number]> {
  for (let at = start; at < start + size; at += CELL_WORDS) {
    const id = (words[at] ?? 0) & NUMBER;
    if (id !== 0) yield [id, words[at + 1] ?? 0];
  }
}

/** What a row says of an identity. */
export const setIn = ({ words }: Tables, row: Row, { id, kind }: Identity): number => {
  for (let at = row.start + CELL_WORDS * homeOf(id, row.shift); ; at += CELL_WORDS) {
    const key = words[at] ?? 0;
    if ((key & NUMBER) === id) return words[at + 1] ?? 0;
    if (key >= 0) return row.defaults[kind === 'pod' ? 0 : 1];
  }
};

/** Sets what a row says of an identity; false when there is no room for it. */
export const setCell = (tables: Tables, row: Row, { id, kind }: Identity, set: number): boolean => {
  const { words } = tables;
  const home = homeOf(id, row.shift);
  let place = home;
  for (;;) {
    const at = row.start + CELL_WORDS * place;
    const key = (words[at] ?? 0) & NUMBER;
    if (key === id) {
      words[at + 1] = set;
      return true;
    }
    if (key === 0) break;
    place++;
  }
  if (set === row.defaults[kind === 'pod' ? 0 : 1]) return true;
  const last = row.size / CELL_WORDS - 1;
  if (place >= last || row.taken >= MOST_TAKEN * homesOf(row.shift)) return false;
  put(words, row, id, set, home, place);
  row.taken++;
  return true;
};

/** The last cell stays empty, so that whoever looks for room finds an end. */
const SPARE = 2;
const MOST_TAKEN = 0.7;
/** Places for each cell of a new row, at least. */
const PLACES = 2;

const homeOf = (id: number, shift: number): number => Math.imul(id, SPREAD) >>> shift;
const homesOf = (shift: number): number => 2 ** (32 - shift);
const shiftFor = (cells: number): number => Math.min(31, Math.clz32(PLACES * cells - 1));
