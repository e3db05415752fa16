import { getOrAdd } from '../get-or-add.ts';
import { type ByFamily, formatByFamily } from './by-family.ts';
import type { Matrix, MatrixCell, MatrixRow } from './matrix.ts';

/** Wider ones are lists. */
const WIDEST_GRID = 40;
/** Names in a line of a list. */
const MOST_NAMES = 8;

const EVERYTHING = '.';
const NOTHING = 'X';
const NO_PAIR = '-';

/**
 * A matrix for people, line by line, without line ends: a grid with a letter for each set of connections and what the letters
 * mean; where there are many columns, for each end the sets with those whom they lead to.
 */
export function* formatMatrix(matrix: Matrix): Generator<string> {
  if (matrix.to.length > WIDEST_GRID) yield* list(matrix);
  else yield* grid(matrix);
  const shown = [...matrix.from, ...matrix.to].map((index) => matrix.ends[index]?.kind);
  if (!shown.includes('nodes')) return;
  yield '';
  yield 'A pod and its own node always reach each other.';
  if (matrix.hostNetworkPods > 0) {
    yield `Host-network pods count as their nodes: ${matrix.hostNetworkPods}.`;
  }
}

function* grid(matrix: Matrix): Generator<string> {
  const signs = createSigns();
  const rows = [...matrix.rows()].map((row) => ({
    from: row.from,
    cells: matrix.to.map((to) => signs.of(cellAt(row, to)?.connections)),
  }));
  const names = new Map(
    [...new Set([...matrix.from, ...matrix.to])].map((index) => [
      index,
      `${index + 1} ${matrix.ends[index]?.name ?? ''}`,
    ]),
  );
  const columns = matrix.to.map((index) => `${index + 1}`);
  const width = widest([columns, ...rows.map(({ cells }) => cells)].flat());
  const title = 'from \\ to';
  const nameWidth = widest([title, ...matrix.from.map((index) => names.get(index) ?? '')]);
  const line = (name: string, cells: readonly string[]) =>
    [name.padEnd(nameWidth), ...cells.map((cell) => cell.padStart(width))].join(' ').trimEnd();

  yield line(title, columns);
  for (const { from, cells } of rows) yield line(names.get(from) ?? '', cells);
  const rest = matrix.to.filter((index) => !matrix.from.includes(index));
  if (rest.length > 0) yield '';
  for (const index of rest) yield names.get(index) ?? '';
  yield '';
  yield* signs.meanings();
  yield `${NO_PAIR} nothing to connect`;
}

const widest = (texts: readonly string[]): number =>
  texts.reduce((width, text) => Math.max(width, text.length), 0);

const cellAt = ({ cells }: MatrixRow, to: number): MatrixCell | undefined =>
  cells.find((cell) => cell.to.some(([first, last]) => first <= to && to <= last));

/** A letter for each set of connections that is neither everything nor nothing. */
const createSigns = () => {
  const signs = new Map([
    ['everything', EVERYTHING],
    ['nothing', NOTHING],
  ]);
  const used = new Set<string>();
  const signOf = (text: string): string => {
    used.add(text);
    return getOrAdd(signs, text, () => letter(signs.size - 1));
  };
  return {
    of: (connections: ByFamily | undefined): string =>
      connections === undefined ? NO_PAIR : signOf(formatByFamily(connections)),
    meanings: (): readonly string[] =>
      [...used].map((text) => `${signs.get(text)} ${text}`).toSorted((a, b) => (a < b ? -1 : 1)),
  };
};

/** 1 is `a`, 26 `z`, 27 `aa`. */
const letter = (number: number): string => {
  const index = number - 1;
  const last = String.fromCharCode('a'.charCodeAt(0) + (index % 26));
  return index < 26 ? last : `${letter(Math.floor(index / 26))}${last}`;
};

function* list(matrix: Matrix): Generator<string> {
  for (const { from, cells } of matrix.rows()) {
    yield matrix.ends[from]?.name ?? '';
    for (const { to, connections } of cells) {
      yield `  ${formatByFamily(connections)}: ${namesOf(matrix, to)}`;
    }
  }
}

const namesOf = ({ ends }: Matrix, ranges: MatrixCell['to']): string => {
  const count = ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
  const names: string[] = [];
  for (const [first, last] of ranges) {
    for (let index = first; index <= last && names.length < MOST_NAMES; index += 1) {
      names.push(ends[index]?.name ?? '');
    }
  }
  const more = count - names.length;
  return `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
};
