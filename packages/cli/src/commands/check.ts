import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Cluster } from '@podpath/cluster';
import type { DataPath } from '@podpath/cni';
import { checkAll } from '../check/check-all.ts';
import { parseExpectations, type WrittenExpectation } from '../check/expectations.ts';
import { type CheckFormat, renderCheck } from '../check/render.ts';
import { type CheckReport, type CheckResult, countsOf } from '../check/report.ts';
import { type InputOptions, loadInput } from '../input/load-input.ts';
import { readPluginOptions } from '../input/plugin-options.ts';
import { type ExitCode, type Io, UsageError } from '../io.ts';
import { writeOutput } from '../output/write-output.ts';
import { pluginsNamed } from '../plugins.ts';

export interface CheckOptions extends InputOptions {
  readonly expect: string;
  readonly pluginOptions?: string;
  readonly format: CheckFormat;
  readonly output?: string;
}

/**
 * `podpath check`: whether the input does what a file expects. The report is written whatever happens; what kept it from
 * being whole stands in it.
 */
export async function check(
  inputs: readonly string[],
  options: CheckOptions,
  io: Io,
): Promise<ExitCode> {
  const results: CheckResult[] = [];
  let expectations: readonly WrittenExpectation[] = [];
  try {
    expectations = parseExpectations(await readText(options.expect, io), options.expect);
    const cluster = await loadInput(inputs, options, io);
    const pathOf = await installer(cluster, options, io);
    for (const result of checkAll(cluster, expectations, pathOf)) results.push(result);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const skipped = expectations.slice(results.length).map(
      (expectation): CheckResult => ({
        expectation,
        outcome: 'skipped',
        message: firstLine(message),
      }),
    );
    const report = { file: options.expect, results: [...results, ...skipped], failures: [message] };
    await write(report, options, io);
    throw error;
  }
  const report: CheckReport = { file: options.expect, results, failures: [] };
  await write(report, options, io);
  const { failed, errors } = countsOf(report);
  if (errors > 0) return 2;
  return failed > 0 ? 1 : 0;
}

const firstLine = (text: string): string => text.split('\n')[0] ?? '';

/** Into the file, and then as text to standard output, so that who looks on sees something too. */
async function write(report: CheckReport, options: CheckOptions, io: Io): Promise<void> {
  await writeOutput(renderCheck(report, options.format), options.output, io);
  if (options.output !== undefined && options.format !== 'text')
    io.out(renderCheck(report, 'text'));
}

async function readText(file: string, io: Io): Promise<string> {
  try {
    return await readFile(resolve(io.cwd, file), 'utf8');
  } catch (error) {
    throw new UsageError(
      `--expect: ${file}: cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** Installs each plugin when an expectation first names it. */
async function installer(
  cluster: Cluster,
  options: CheckOptions,
  io: Io,
): Promise<(name: string) => DataPath> {
  const settings = await readPluginOptions(options.pluginOptions, io);
  const paths = new Map<string, DataPath>();
  return (name) => {
    const known = paths.get(name);
    if (known !== undefined) return known;
    const [plugin] = pluginsNamed(name);
    if (plugin === undefined) throw new UsageError(`there is no plugin '${name}'`);
    const path = plugin.install(cluster, plugin.configure(settings.get(name)));
    for (const note of path.notes) io.err(`note: ${note}\n`);
    paths.set(name, path);
    return path;
  };
}
