import { type ComparedFlow, type Comparison, comparePlugins } from '@podpath/cni';
import { formatReachability, reachability, reachabilityJson } from '@podpath/policy';
import { renderTextTable, type Table } from '@podpath/report';
import { type InputOptions, loadInput } from '../input/load-input.ts';
import { readPluginOptions } from '../input/plugin-options.ts';
import { type ExitCode, type Io, UsageError } from '../io.ts';
import { pluginsNamed } from '../plugins.ts';

export interface MatrixOptions extends InputOptions {
  /** Absent: what the policies say, under no plugin. */
  readonly plugin?: string;
  readonly pluginOptions?: string;
  readonly format: 'text' | 'json';
}

/** `podpath matrix`: who may connect to whom; by the policies alone, or as walked under one plugin. */
export async function matrix(
  inputs: readonly string[],
  options: MatrixOptions,
  io: Io,
): Promise<ExitCode> {
  const plugins = options.plugin === undefined ? [] : pluginsNamed(options.plugin);
  if (plugins.length > 1)
    throw new UsageError('--plugin: a matrix is of one plugin; compare has them side by side');
  const cluster = await loadInput(inputs, options, io);
  const [plugin] = plugins;
  if (plugin === undefined) {
    const answer = reachability(cluster);
    io.out(
      options.format === 'json'
        ? `${JSON.stringify(reachabilityJson(answer), null, 2)}\n`
        : formatReachability(answer),
    );
    return 0;
  }
  const settings = await readPluginOptions(options.pluginOptions, io);
  const comparison = await comparePlugins(cluster, [
    { plugin, options: settings.get(plugin.name) },
  ]);
  if (options.format === 'json') io.out(`${JSON.stringify(comparison.flows, null, 2)}\n`);
  else io.out(matrixText(comparison));
  for (const note of [
    ...(plugin.features.enforcesPolicy
      ? []
      : [`${plugin.title} enforces no NetworkPolicy: policies have no effect`]),
    ...(comparison.plugins[0]?.notes ?? []),
  ]) {
    io.err(`note: ${note}\n`);
  }
  return 0;
}

const CELLS = { open: '.', I: 'I', E: 'E', B: 'B', X: 'X' } as const;

/** Rows ask, columns answer; a letter says which end's policy closes a connection that the walk found closed. */
function matrixText({ flows }: Comparison): string {
  const columns = [...new Set(flows.map(columnOf))].sort();
  const cells = new Map<string, Map<string, string>>();
  for (const flow of flows) {
    const row = cells.get(flow.from) ?? new Map<string, string>();
    row.set(columnOf(flow), cellOf(flow));
    cells.set(flow.from, row);
  }
  const table: Table = {
    kind: 'table',
    caption: '',
    columns: [
      { title: 'from \\ to' },
      ...columns.map((_, index) => ({ title: String(index + 1), numeric: true })),
    ],
    rows: [...cells].map(([from, row]) => [
      from,
      ...columns.map((column) => row.get(column) ?? '-'),
    ]),
  };
  const legend = columns.map((column, index) => `${String(index + 1).padStart(4)}  ${column}`);
  return [
    renderTextTable(table),
    '',
    ...legend,
    '',
    '. open   I closed by ingress policy   E by egress policy   B by both   X closed for another reason   - not asked',
    '',
  ].join('\n');
}

const columnOf = (flow: ComparedFlow): string => `${flow.to} ${flow.protocol} ${flow.port}`;

function cellOf({ verdict, walks }: ComparedFlow): string {
  if (walks[0]?.passed === true) return CELLS.open;
  const { egress, ingress } = verdict;
  if (!egress.allowed && !ingress.allowed) return CELLS.B;
  if (!egress.allowed) return CELLS.E;
  if (!ingress.allowed) return CELLS.I;
  return CELLS.X;
}
