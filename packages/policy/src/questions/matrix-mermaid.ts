import { quoted } from '../mermaid-text.ts';
import { formatByFamily } from './by-family.ts';
import type { Matrix } from './matrix.ts';
import { isClosed } from './matrix-markdown.ts';
import { QuestionError } from './question-error.ts';

/** Mermaid refuses to draw more unless it is told otherwise. */
const MOST_ARROWS = 500;

/**
 * The open pairs of a matrix as a flowchart in Mermaid's language, ending with a newline: an arrow for each, the workloads of
 * a namespace in one box. Throws `QuestionError` for more arrows than Mermaid draws.
 */
export const matrixMermaid = (matrix: Matrix): string => {
  const arrows: string[] = [];
  const drawn = new Set<number>();
  for (const { from, cells } of matrix.rows()) {
    for (const { to, connections } of cells) {
      if (isClosed(connections)) continue;
      for (const [first, last] of to) {
        for (let index = first; index <= last; index += 1) {
          arrows.push(`  e${from} -->|${quoted(formatByFamily(connections))}| e${index}`);
          drawn.add(from).add(index);
        }
      }
      if (arrows.length > MOST_ARROWS) throw new QuestionError('too-large', TOO_MANY);
    }
  }
  const boxes = Map.groupBy(
    [...drawn].toSorted((a, b) => a - b),
    (index) => {
      const end = matrix.ends[index];
      return end?.kind === 'workload' ? end.namespace : '';
    },
  );
  const lines = [...boxes].flatMap(([namespace, indexes], box) => {
    const nodes = indexes.map((index) => {
      const end = matrix.ends[index];
      const [open, close] = end?.kind === 'workload' ? ['[', ']'] : ['([', '])'];
      return `e${index}${open}${quoted(end?.name ?? '')}${close}`;
    });
    if (namespace === '') return nodes.map((node) => `  ${node}`);
    return [
      `  subgraph n${box}[${quoted(namespace)}]`,
      ...nodes.map((node) => `    ${node}`),
      '  end',
    ];
  });
  return `${['flowchart LR', ...lines, ...arrows].join('\n')}\n`;
};

const TOO_MANY =
  `a chart of more than ${MOST_ARROWS} arrows is none: ` +
  'narrow the question to some namespaces, workloads or a port';
