import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { BenchmarkResults, Measurement, SuiteResult, WorkloadResult } from '@podpath/report';
import { SUITES } from '../suites/index.ts';
import type { Subject, Suite, SuiteWorkload } from '../suites/suite.ts';
import { describeEnvironment } from './environment.ts';
import type { ProcessResult } from './measure.ts';

export interface BenchmarkOptions {
  /** Fewer sizes, one short process a subject. */
  readonly quick: boolean;
  /** Only subjects with this text in `suite workload subject`. */
  readonly filter?: string;
  /** The script that measures one subject in its own process. */
  readonly subjectScript: string;
  readonly onProgress?: (done: number, total: number, what: string) => void;
}

/** A subject that failed: its answers were wrong, or it crashed. */
export class BenchmarkError extends Error {
  override readonly name = 'BenchmarkError';
}

interface Job {
  readonly suite: Suite;
  readonly workload: SuiteWorkload;
  readonly subject: Subject;
}

/** Runs the suites, each subject in processes of its own, and gathers the results. */
export async function runBenchmarks(options: BenchmarkOptions): Promise<BenchmarkResults> {
  const startedAt = new Date().toISOString();
  const processes = options.quick ? 1 : 3;
  const timeMs = options.quick ? 150 : 1000;
  const jobs = listJobs(options);
  const found = new Map<Job, ProcessResult[]>();
  let done = 0;
  for (let round = 0; round < processes; round++) {
    // Every other round goes backwards, so that a machine that warms up or slows down favours nobody.
    const order = round % 2 === 0 ? jobs : jobs.toReversed();
    for (const job of order) {
      options.onProgress?.(done++, jobs.length * processes, label(job));
      const results = found.get(job) ?? [];
      results.push(await runProcess(job, timeMs, options.subjectScript));
      found.set(job, results);
    }
  }
  options.onProgress?.(done, jobs.length * processes, 'done');
  return {
    schema: 2,
    startedAt,
    quick: options.quick,
    ...describeEnvironment(),
    suites: SUITES.map((suite) => suiteResult(suite, options, found)).filter(
      (suite) => suite.workloads.length > 0,
    ),
  };
}

const workloadsOf = (suite: Suite, quick: boolean): readonly SuiteWorkload[] =>
  quick ? suite.workloads.filter((workload) => workload.quick) : suite.workloads;

const label = ({ suite, workload, subject }: Job): string =>
  `${suite.title}, ${workload.name}: ${subject.name}`;

function listJobs({ quick, filter }: BenchmarkOptions): readonly Job[] {
  const jobs: Job[] = [];
  for (const suite of SUITES) {
    for (const workload of workloadsOf(suite, quick)) {
      for (const subject of workload.subjects) {
        const text = `${suite.name} ${workload.name} ${subject.name}`;
        if (filter !== undefined && !text.includes(filter)) continue;
        if (subject.skip === undefined) jobs.push({ suite, workload, subject });
      }
    }
  }
  if (jobs.length === 0)
    throw new BenchmarkError(`nothing to measure: no subject has '${filter}' in its name`);
  return jobs;
}

/** The collector is called by hand only where memory is measured. */
const NODE_OPTIONS = { rate: [], duration: [], memory: ['--expose-gc'] } as const;

const runFile = promisify(execFile);

async function runProcess(job: Job, timeMs: number, script: string): Promise<ProcessResult> {
  try {
    const { stdout } = await runFile(
      process.execPath,
      [
        ...NODE_OPTIONS[job.suite.quantity],
        script,
        job.suite.name,
        job.workload.name,
        job.subject.name,
        String(timeMs),
      ],
      { maxBuffer: 1 << 24 },
    );
    return JSON.parse(stdout) as ProcessResult;
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new BenchmarkError(`${label(job)} failed: ${detail}`);
  }
}

function suiteResult(
  suite: Suite,
  options: BenchmarkOptions,
  found: ReadonlyMap<Job, readonly ProcessResult[]>,
): SuiteResult {
  const workloads: WorkloadResult[] = [];
  for (const workload of workloadsOf(suite, options.quick)) {
    const measurements: Measurement[] = [];
    for (const [job, results] of found) {
      if (job.suite === suite && job.workload === workload)
        measurements.push(merge(job.subject, results));
    }
    if (measurements.length === 0) continue;
    const { name, description, size, seed, subjects } = workload;
    workloads.push({
      name,
      description,
      size,
      seed,
      measurements,
      skipped: subjects.flatMap(({ name: subject, skip }) =>
        skip === undefined ? [] : [{ subject, reason: skip }],
      ),
    });
  }
  const { name, title, about, quantity, measure, workloadTitle } = suite;
  return { name, title, about, quantity, measure, workloadTitle, workloads };
}

function merge(subject: Subject, results: readonly ProcessResult[]): Measurement {
  const [first] = results;
  if (first === undefined) throw new BenchmarkError(`${subject.name} was never run`);
  const latencies = results.flatMap(({ latency }) => (latency === undefined ? [] : [latency]));
  return {
    subject: subject.name,
    role: subject.role,
    value: median(results.map((each) => each.value)),
    runs: results.map((each) => each.value),
    ...(latencies.length === 0
      ? {}
      : {
          latency: {
            p50Ns: median(latencies.map((each) => each.p50Ns)),
            p99Ns: median(latencies.map((each) => each.p99Ns)),
          },
        }),
    checked: first.checked,
    holds: first.holds,
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const low = sorted[Math.ceil(middle) - 1] ?? Number.NaN;
  const high = sorted[Math.floor(middle)] ?? Number.NaN;
  return (low + high) / 2;
}
