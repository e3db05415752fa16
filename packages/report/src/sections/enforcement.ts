import type { Comparison } from '@podpath/cni';
import type { Section } from '../document/document.ts';

/** What each plugin enforces and ignores, and what was assumed on the way. */
export function enforcementSection(comparison: Comparison): Section {
  return {
    title: 'What is enforced, ignored and assumed',
    blocks: [
      {
        kind: 'table',
        caption: 'Enforcement',
        columns: [
          { title: 'Plugin' },
          { title: 'NetworkPolicy' },
          { title: 'Departs from the API' },
          { title: 'Families' },
        ],
        rows: comparison.plugins.map(({ title, features }) => [
          title,
          features.enforcesPolicy ? 'enforced' : 'not enforced: policies have no effect',
          features.policyDeviations.map((deviation) => deviation.text).join(' ') || 'nowhere known',
          features.families.map((family) => `IPv${family}`).join(', '),
        ]),
      },
      { kind: 'list', items: assumptions(comparison) },
    ],
  };
}

function assumptions({ cluster, plugins }: Comparison): readonly string[] {
  const ignored = Object.entries(cluster.ignoredKinds).map(
    ([kind, number]) => `Not read: ${number} of ${kind}.`,
  );
  const items = [
    ...cluster.notes,
    ...ignored,
    ...plugins.flatMap((plugin) => plugin.notes.map((note) => `${plugin.title}: ${note}`)),
  ];
  return items.length === 0 ? ['Nothing was made up or left out.'] : items;
}
