import { getOrAdd } from '../get-or-add.ts';
import type { ByFamily } from './by-family.ts';
import type { Matrix } from './matrix.ts';

/**
 * A matrix as JSON, piece by piece: rows of a large one are never all in memory. Together the pieces are one object of
 * `question`, `schema`, `hostNetworkPods`, `ends`, `from`, `to`, `rows`, and `connections`, which the cells of rows point into.
 */
export function* matrixJson(matrix: Matrix): Generator<string> {
  const { hostNetworkPods, ends, from, to } = matrix;
  const connections = new Map<ByFamily, number>();
  const head = JSON.stringify({ question: 'matrix', schema: 1, hostNetworkPods, ends, from, to });
  yield `${head.slice(0, -1)},\n"rows":[`;
  let separator = '\n';
  for (const row of matrix.rows()) {
    const cells = row.cells.map((cell) => ({
      to: cell.to,
      connections: getOrAdd(connections, cell.connections, () => connections.size),
    }));
    yield `${separator}${JSON.stringify({ from: row.from, cells })}`;
    separator = ',\n';
  }
  yield `\n],\n"connections":${JSON.stringify([...connections.keys()])}}\n`;
}
