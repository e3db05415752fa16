import type { Comparison, NodeCost } from '@podpath/cni';
import type { Section } from '../document/document.ts';
import { count } from '../document/numbers.ts';

const COUNTED: readonly (readonly [keyof NodeCost, string])[] = [
  ['routes', 'Routes'],
  ['neighbours', 'Neighbours'],
  ['fdbEntries', 'FDB entries'],
  ['chains', 'Chains'],
  ['rules', 'Rules'],
  ['sets', 'Sets'],
  ['setMembers', 'Set members'],
];

/** What stands on each node: structural, so it holds on a real node too. */
export function programmedSection(comparison: Comparison): Section {
  return {
    title: 'What each plugin programs on a node',
    blocks: [
      {
        kind: 'paragraph',
        text: 'Counted in the emulated namespaces, kube-proxy’s rules included. These are numbers of objects, not speeds: a real node holds the same.',
      },
      {
        kind: 'table',
        caption: 'Objects on a node',
        columns: [
          { title: 'Plugin' },
          { title: 'Node' },
          ...COUNTED.map(([, title]) => ({ title, numeric: true })),
        ],
        rows: comparison.plugins.flatMap((plugin) =>
          plugin.costs.map(({ node, cost }) => [
            plugin.title,
            node,
            ...COUNTED.map(([key]) => count(cost[key])),
          ]),
        ),
      },
    ],
  };
}
