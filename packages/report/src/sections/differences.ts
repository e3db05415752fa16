import { type ComparedFlow, type Comparison, differingFlows } from '@podpath/cni';
import type { Block, Section } from '../document/document.ts';
import { count } from '../document/numbers.ts';

const MOST_ROWS = 60;

/** Connections that end differently from one plugin to the next, with what the policies say of each. */
export function differencesSection(comparison: Comparison): Section {
  const differing = differingFlows(comparison);
  return {
    title: 'Where the plugins differ',
    blocks: [...verdictBlocks(comparison, differing), pathTable(comparison)],
  };
}

function verdictBlocks(
  comparison: Comparison,
  differing: readonly ComparedFlow[],
): readonly Block[] {
  if (differing.length === 0) {
    return [{ kind: 'paragraph', text: 'Every connection ends the same way under each plugin.' }];
  }
  const shown = differing.slice(0, MOST_ROWS);
  return [
    {
      kind: 'paragraph',
      text: `${count(differing.length)} of ${count(comparison.flows.length)} connections are open under one plugin and closed under another.`,
    },
    {
      kind: 'table',
      caption:
        shown.length < differing.length
          ? `The first ${shown.length} connections that end differently; the JSON beside this report has all`
          : 'Connections that end differently',
      columns: [
        { title: 'From' },
        { title: 'To' },
        { title: 'Port' },
        { title: 'Policies say' },
        ...comparison.plugins.map((plugin) => ({ title: plugin.title })),
      ],
      rows: shown.map((flow) => [
        flow.from,
        flow.to,
        `${flow.protocol} ${flow.port}`,
        verdictText(flow),
        ...flow.walks.map((walk) => (walk.passed ? 'open' : walk.outcome)),
      ]),
    },
  ];
}

/** `closed: ingress isolated by shop/default-deny`, or `open`. */
export function verdictText({ verdict }: ComparedFlow): string {
  if (verdict.allowed) return 'open';
  const sides = (['egress', 'ingress'] as const).flatMap((direction) => {
    const side = verdict[direction];
    if (side.allowed) return [];
    if (side.reason === 'denied-by-rule') {
      return [`${direction} denied by ${side.rule.policy.kind} ${side.rule.policy.name}`];
    }
    const names = side.isolatedBy.map((policy) =>
      [policy.namespace, policy.name].filter(Boolean).join('/'),
    );
    return [`${direction} isolated by ${names.join(', ')}`];
  });
  return `closed: ${sides.join('; ')}`;
}

/** The way of a delivered packet, as the walks measured it: it is what the real data path does too. */
function pathTable(comparison: Comparison): Block {
  const rows = ([true, false] as const).flatMap((sameNode) =>
    comparison.plugins.map((plugin, index) => {
      const walks = comparison.flows
        .filter((flow) => flow.sameNode === sameNode)
        .flatMap((flow) => flow.walks[index] ?? [])
        .filter((walk) => walk.passed);
      const range = (values: readonly number[]): string => {
        if (values.length === 0) return 'none walked';
        const [low, high] = [Math.min(...values), Math.max(...values)];
        return low === high ? count(low) : `${count(low)}–${count(high)}`;
      };
      return [
        plugin.title,
        sameNode ? 'one node' : 'two nodes',
        range(walks.map((walk) => walk.hops)),
        range(walks.map((walk) => walk.encapsulations)),
        range(walks.map((walk) => walk.rulesMatched)),
      ];
    }),
  );
  return {
    kind: 'table',
    caption: 'The way of a connection’s first packet that is let through',
    columns: [
      { title: 'Plugin' },
      { title: 'Pods on' },
      { title: 'Namespaces passed', numeric: true },
      { title: 'Encapsulations', numeric: true },
      { title: 'Rules matched', numeric: true },
    ],
    rows,
  };
}
