import { type Comparison, comparePlugins } from '@podpath/cni';
import { buildReport, renderMarkdown, renderText } from '@podpath/report';
import { type InputOptions, loadInput, parseCount } from '../input/load-input.ts';
import { readPluginOptions } from '../input/plugin-options.ts';
import type { ExitCode, Io } from '../io.ts';
import { withProgress } from '../output/progress.ts';
import { pluginsNamed } from '../plugins.ts';

export interface CompareCommandOptions extends InputOptions {
  readonly plugin: string;
  readonly pluginOptions?: string;
  readonly format: 'text' | 'json' | 'markdown';
  readonly maxFlows?: string;
}

/** `podpath compare`: what differs between the plugins on one input. */
export async function compare(
  inputs: readonly string[],
  options: CompareCommandOptions,
  io: Io,
): Promise<ExitCode> {
  const comparison = await compareInput(inputs, options, io);
  switch (options.format) {
    case 'json':
      io.out(`${JSON.stringify(comparison, null, 2)}\n`);
      break;
    case 'markdown':
      io.out(renderMarkdown(buildReport({ subject: inputs.join(', '), comparison })));
      break;
    case 'text':
      io.out(renderText(buildReport({ subject: inputs.join(', '), comparison })));
  }
  return 0;
}

/** Loads the inputs and compares the plugins on them, showing progress. */
export async function compareInput(
  inputs: readonly string[],
  options: Omit<CompareCommandOptions, 'format'>,
  io: Io,
): Promise<Comparison> {
  const plugins = pluginsNamed(options.plugin);
  const settings = await readPluginOptions(options.pluginOptions, io);
  const maxFlows =
    options.maxFlows === undefined ? undefined : parseCount('--max-flows', options.maxFlows);
  const cluster = await loadInput(inputs, options, io);
  let comparison: Comparison | undefined;
  await withProgress(io, [
    {
      title: `Walking connections under ${plugins.map((plugin) => plugin.title).join(', ')}`,
      run: async (report) => {
        comparison = await comparePlugins(
          cluster,
          plugins.map((plugin) => ({ plugin, options: settings.get(plugin.name) })),
          { ...(maxFlows === undefined ? {} : { maxFlows }), onProgress: report },
        );
      },
    },
  ]);
  if (comparison === undefined) throw new Error('the comparison did not run');
  return comparison;
}
