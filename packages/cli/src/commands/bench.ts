import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runBenchmarks } from '@podpath/benchmarks';
import { type BenchmarkResults, buildReport, renderText } from '@podpath/report';
import type { ExitCode, Io } from '../io.ts';
import { type Report, withProgress } from '../output/progress.ts';

export interface BenchOptions {
  readonly quick?: boolean;
  readonly filter?: string;
  readonly json?: string;
}

/** `podpath bench`: measures, and prints the tables. */
export async function bench(options: BenchOptions, io: Io): Promise<ExitCode> {
  let results: BenchmarkResults | undefined;
  await withProgress(io, [
    {
      title: 'Measuring',
      run: async (report) => {
        results = await measure(
          {
            quick: options.quick ?? false,
            ...(options.filter === undefined ? {} : { filter: options.filter }),
          },
          report,
        );
      },
    },
  ]);
  if (results === undefined) throw new Error('the benchmarks did not run');
  io.out(renderText(buildReport({ subject: '', benchmarks: results })));
  if (options.json !== undefined) {
    await writeFile(resolve(io.cwd, options.json), `${JSON.stringify(results, null, 2)}\n`);
    io.err(`written: ${options.json}\n`);
  }
  return 0;
}

/** Runs the benchmark suites with each subject in a process of its own. */
export const measure = (
  options: { readonly quick: boolean; readonly filter?: string },
  report: Report,
): Promise<BenchmarkResults> =>
  runBenchmarks({
    ...options,
    subjectScript: fileURLToPath(new URL('./subject-process.js', import.meta.url)),
    onProgress: report,
  });
