import { type ComparedFlow, type Comparison, comparePlugins } from '@podpath/cni';
import {
  formatMatrix,
  type MatrixQuestion,
  matrixJson,
  matrixMarkdown,
  matrixMermaid,
  matrix as matrixOf,
  parseEndPattern,
} from '@podpath/policy';
import { renderTextTable, type Table } from '@podpath/report';
import { knowledgeOf } from '../input/knowledge.ts';
import { type InputOptions, loadInput } from '../input/load-input.ts';
import { parseTraffic } from '../input/parse-flow.ts';
import { readPluginOptions } from '../input/plugin-options.ts';
import { type ExitCode, type Io, UsageError } from '../io.ts';
import { outLines } from '../output/write-output.ts';
import { pluginsNamed } from '../plugins.ts';

export interface MatrixOptions extends InputOptions {
  /** Absent: what the policies say, under no plugin. */
  readonly plugin?: string;
  readonly pluginOptions?: string;
  readonly format: 'text' | 'json' | 'markdown' | 'mermaid';
  readonly from?: string;
  readonly to?: string;
  readonly port?: string;
  readonly protocol?: string;
}

/** `podpath matrix`: who may connect to whom; by the policies alone, or as walked under one plugin. */
export async function matrix(
  inputs: readonly string[],
  options: MatrixOptions,
  io: Io,
): Promise<ExitCode> {
  return options.plugin === undefined
    ? matrixOfPolicies(inputs, options, io)
    : matrixOfPlugin(inputs, { ...options, plugin: options.plugin }, io);
}

async function matrixOfPolicies(
  inputs: readonly string[],
  options: MatrixOptions,
  io: Io,
): Promise<ExitCode> {
  const question = questionOf(options);
  const cluster = await loadInput(inputs, options, io);
  const answer = matrixOf(cluster, { ...question, knowledge: knowledgeOf(cluster) });
  switch (options.format) {
    case 'text':
      outLines(formatMatrix(answer), io);
      break;
    case 'json':
      for (const piece of matrixJson(answer)) io.out(piece);
      break;
    case 'markdown':
      outLines(matrixMarkdown(answer), io);
      break;
    case 'mermaid':
      io.out(matrixMermaid(answer));
  }
  return 0;
}

const questionOf = (options: MatrixOptions): MatrixQuestion => {
  const { from, to } = options;
  const traffic = parseTraffic(options);
  return {
    ...(from === undefined ? {} : { from: listOf(from).map(parseEndPattern) }),
    ...(to === undefined ? {} : { to: listOf(to).map(parseEndPattern) }),
    ...(traffic === undefined ? {} : { traffic }),
  };
};

const listOf = (text: string): readonly string[] => text.split(',').map((part) => part.trim());

async function matrixOfPlugin(
  inputs: readonly string[],
  options: MatrixOptions & { readonly plugin: string },
  io: Io,
): Promise<ExitCode> {
  const [plugin, ...others] = pluginsNamed(options.plugin);
  if (plugin === undefined || others.length > 0) {
    throw new UsageError('--plugin: a matrix is of one plugin; compare has them side by side');
  }
  const { from, to, port, protocol, format } = options;
  if ([from, to, port, protocol].some((each) => each !== undefined)) {
    throw new UsageError(
      '--from, --to, --port and --protocol narrow what policies say: leave --plugin out',
    );
  }
  if (format !== 'text' && format !== 'json') {
    throw new UsageError(`--format ${format} shows what policies say: leave --plugin out`);
  }
  const cluster = await loadInput(inputs, options, io);
  const settings = await readPluginOptions(options.pluginOptions, io);
  const comparison = await comparePlugins(cluster, [
    { plugin, options: settings.get(plugin.name) },
  ]);
  if (format === 'json') io.out(`${JSON.stringify(comparison.flows, null, 2)}\n`);
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
