import { allowsNothing } from '../connection-set.ts';
import { type ByFamily, formatByFamily } from './by-family.ts';
import type { Matrix } from './matrix.ts';

/** Whether nothing may be opened, over either family. */
export const isClosed = ({ ipv4, ipv6 }: ByFamily): boolean =>
  [ipv4, ipv6].every((set) => set === undefined || allowsNothing(set));

/** The open pairs of a matrix as a Markdown table, line by line, without line ends. */
export function* matrixMarkdown(matrix: Matrix): Generator<string> {
  yield '| From | To | Connections |';
  yield '|---|---|---|';
  for (const { from, cells } of matrix.rows()) {
    for (const { to, connections } of cells) {
      if (isClosed(connections)) continue;
      const names = to.flatMap(([first, last]) =>
        matrix.ends.slice(first, last + 1).map(({ name }) => escaped(name)),
      );
      yield `| ${escaped(matrix.ends[from]?.name ?? '')} | ${names.join('<br>')} | ${escaped(formatByFamily(connections))} |`;
    }
  }
  yield '';
  yield 'Whoever is not listed may open nothing.';
}

const escaped = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('|', '\\|').replaceAll('<', '&lt;');
