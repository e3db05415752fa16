import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseResults } from '@podpath/report';
import type { ExitCode, Io } from '../io.ts';
import { UsageError } from '../io.ts';
import { writeReport } from '../output/write-report.ts';
import { type CompareCommandOptions, compareInput } from './compare.ts';

export interface ReportOptions extends Omit<CompareCommandOptions, 'format'> {
  readonly results?: string;
  readonly out: string;
}

/** `podpath report`: pages from benchmark results, from a comparison of the inputs, or from both. */
export async function report(
  inputs: readonly string[],
  options: ReportOptions,
  io: Io,
): Promise<ExitCode> {
  if (inputs.length === 0 && options.results === undefined) {
    throw new UsageError(
      'report of what? Name manifests, or --results FILE of a benchmark run, or both',
    );
  }
  const benchmarks =
    options.results === undefined
      ? undefined
      : parseResults(
          await readText(resolve(io.cwd, options.results), options.results),
          options.results,
        );
  const comparison = inputs.length === 0 ? undefined : await compareInput(inputs, options, io);
  const paths = await writeReport(resolve(io.cwd, options.out), {
    subject: inputs.length === 0 ? 'no cluster' : inputs.join(', '),
    ...(comparison === undefined ? {} : { comparison }),
    ...(benchmarks === undefined ? {} : { benchmarks }),
  });
  io.out(`${paths.join('\n')}\n`);
  return 0;
}

async function readText(path: string, shown: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new UsageError(
      `${shown}: cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
