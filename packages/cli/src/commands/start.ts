import { resolve } from 'node:path';
import { type Comparison, comparePlugins, differingFlows } from '@podpath/cni';
import { type BenchmarkResults, renderTextTable, summaryTable } from '@podpath/report';
import { loadInput } from '../input/load-input.ts';
import type { ExitCode, Io } from '../io.ts';
import { withProgress } from '../output/progress.ts';
import { writeReport } from '../output/write-report.ts';
import { PLUGINS } from '../plugins.ts';
import { SAMPLE_DIRECTORY } from '../sample.ts';
import { measure } from './bench.ts';

const REPORTS = 'reports';

/** `podpath start`: the main job. Compares the plugins on the inputs, or on the sample, measures quickly, and writes the report. */
export async function start(inputs: readonly string[], io: Io): Promise<ExitCode> {
  const subject = inputs.length === 0 ? 'the sample cluster' : inputs.join(', ');
  const cluster = await loadInput(inputs.length === 0 ? [SAMPLE_DIRECTORY] : inputs, {}, io);
  const directory = resolve(io.cwd, REPORTS);
  let comparison: Comparison | undefined;
  let benchmarks: BenchmarkResults | undefined;
  let paths: readonly string[] = [];
  await withProgress(io, [
    {
      title: `Compare the plugins on ${subject}`,
      run: async (report) => {
        comparison = await comparePlugins(
          cluster,
          PLUGINS.map((plugin) => ({ plugin })),
          { onProgress: report },
        );
      },
    },
    {
      title: 'Measure quickly',
      run: async (report) => {
        benchmarks = await measure({ quick: true }, report);
      },
    },
    {
      title: 'Write the report',
      run: async () => {
        paths = await writeReport(directory, {
          subject,
          ...(comparison === undefined ? {} : { comparison }),
          ...(benchmarks === undefined ? {} : { benchmarks }),
        });
      },
    },
  ]);
  if (comparison === undefined) throw new Error('the comparison did not run');
  io.out(`\n${renderTextTable(summaryTable(comparison))}\n\n`);
  io.out(
    `${differingFlows(comparison).length} of ${comparison.flows.length} connections end differently from plugin to plugin.\n`,
  );
  io.out(`Report: ${paths[0] ?? directory}\n`);
  return 0;
}
