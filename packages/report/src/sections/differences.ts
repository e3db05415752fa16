import type { ComparedFlow, Comparison } from '@podpath/cni';
import type { Block, Section } from '../document/document.ts';
import { count } from '../document/numbers.ts';

const MOST_ROWS = 60;

/**
 * Where the plugins part: what those that enforce policy do otherwise than the policies say, what those that enforce
 * none leave open, and how the ways of a packet differ.
 */
export function differencesSection(comparison: Comparison): Section {
  return {
    title: 'Where the plugins differ',
    blocks: [...departures(comparison), ...leftOpen(comparison), pathTable(comparison)],
  };
}

const indicesOf = (comparison: Comparison, enforcing: boolean): readonly number[] =>
  comparison.plugins.flatMap((plugin, index) =>
    plugin.features.enforcesPolicy === enforcing ? [index] : [],
  );

const titlesOf = (comparison: Comparison, indices: readonly number[]): string =>
  indices.map((index) => comparison.plugins[index]?.title).join(' and ');

/** Connections that a plugin which enforces policy treats otherwise than the policies say. */
function departures(comparison: Comparison): readonly Block[] {
  const enforcing = indicesOf(comparison, true);
  if (enforcing.length === 0) return [];
  const departing = comparison.flows.filter((flow) =>
    enforcing.some((index) => flow.walks[index]?.passed !== flow.verdict.allowed),
  );
  const names = titlesOf(comparison, enforcing);
  if (departing.length === 0) {
    return [
      {
        kind: 'paragraph',
        text: `Under ${names}, every connection ends as the policies say.`,
      },
    ];
  }
  const shown = departing.slice(0, MOST_ROWS);
  return [
    {
      kind: 'table',
      caption: `Connections that ${names} do not all treat as the policies say${more(shown, departing)}`,
      columns: [
        { title: 'From' },
        { title: 'To' },
        { title: 'Port' },
        { title: 'Policies say' },
        ...enforcing.map((index) => ({ title: comparison.plugins[index]?.title ?? '' })),
      ],
      rows: shown.map((flow) => [
        flow.from,
        flow.to,
        portOf(flow),
        verdictText(flow),
        ...enforcing.map((index) => endOf(flow, index)),
      ]),
    },
  ];
}

/** What stays open without policy, folded by destination: source by source it would only repeat the policies. */
function leftOpen(comparison: Comparison): readonly Block[] {
  const indices = indicesOf(comparison, false);
  if (indices.length === 0) return [];
  const closed = new Map<string, ComparedFlow[]>();
  const asked = new Map<string, number>();
  for (const flow of comparison.flows) {
    const key = `${flow.to} ${portOf(flow)}`;
    asked.set(key, (asked.get(key) ?? 0) + 1);
    const isOpen = indices.some((index) => flow.walks[index]?.passed === true);
    if (flow.verdict.allowed || !isOpen) continue;
    const known = closed.get(key);
    if (known === undefined) closed.set(key, [flow]);
    else known.push(flow);
  }
  const names = titlesOf(comparison, indices);
  if (closed.size === 0) {
    return [
      {
        kind: 'paragraph',
        text: `${names} leaves nothing open that the policies close.`,
      },
    ];
  }
  const groups = [...closed];
  const shown = groups.slice(0, MOST_ROWS);
  return [
    {
      kind: 'table',
      caption: `What the policies close and ${names} leaves open${more(shown, groups)}`,
      columns: [
        { title: 'To' },
        { title: 'Port' },
        { title: 'Closed to', numeric: true },
        { title: 'By their own egress policy', numeric: true },
        { title: 'By ingress policy' },
      ],
      rows: shown.map(([key, flows]) => [
        flows[0]?.to ?? '',
        flows[0] === undefined ? '' : portOf(flows[0]),
        `${count(flows.length)} of ${count(asked.get(key) ?? 0)} workloads`,
        count(flows.filter((flow) => !flow.verdict.egress.allowed).length),
        ingressPolicies(flows),
      ]),
    },
  ];
}

const more = (shown: readonly unknown[], all: readonly unknown[]): string =>
  shown.length < all.length
    ? ` (the first ${count(shown.length)} of ${count(all.length)}; the JSON beside this report has all)`
    : '';

const portOf = ({ protocol, port }: ComparedFlow): string => `${protocol} ${port}`;

const endOf = (flow: ComparedFlow, index: number): string => {
  const walk = flow.walks[index];
  return walk?.passed === true ? 'open' : (walk?.outcome ?? '');
};

/** `closed: ingress isolated by shop/default-deny`, or `open`. */
function verdictText(flow: ComparedFlow): string {
  if (flow.verdict.allowed) return 'open';
  const sides = (['egress', 'ingress'] as const).flatMap((direction) => {
    const names = policiesClosing(flow, direction);
    return names.length === 0 ? [] : [`${direction} by ${names.join(', ')}`];
  });
  return `closed: ${sides.join('; ') || 'by a host endpoint'}`;
}

const ingressPolicies = (flows: readonly ComparedFlow[]): string =>
  [...new Set(flows.flatMap((flow) => policiesClosing(flow, 'ingress')))].sort().join(', ') ||
  'none';

function policiesClosing(
  { verdict }: ComparedFlow,
  direction: 'ingress' | 'egress',
): readonly string[] {
  const side = verdict[direction];
  if (side.allowed) return [];
  const policies =
    side.reason === 'denied-by-rule'
      ? [side.rule.policy]
      : side.reason === 'denied-by-isolation'
        ? side.isolatedBy
        : [];
  return policies.map(({ namespace, name }) =>
    namespace === undefined ? name : `${namespace}/${name}`,
  );
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
        const low = values.reduce((a, b) => Math.min(a, b));
        const high = values.reduce((a, b) => Math.max(a, b));
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
