import { Bench } from 'tinybench';
import type { Prepared } from '../suites/suite.ts';

/** What one process found out about one subject. */
export interface ProcessResult {
  /** Median, in operations a second. */
  readonly perSecond: number;
  readonly p50Ns: number;
  readonly p99Ns: number;
  readonly checked: number;
  readonly holds: Readonly<Record<string, number>>;
}

const NS_PER_MS = 1e6;

/** Checks the subject's answers, then times it. Throws when an answer is wrong: a wrong answer has no speed. */
export async function measure(prepared: Prepared, timeMs: number): Promise<ProcessResult> {
  const checked = prepared.check();
  let sink = 0;
  const bench = new Bench({ time: timeMs, warmupTime: timeMs / 3, throws: true });
  bench.add('subject', () => {
    sink += prepared.run();
  });
  const [task] = await bench.run();
  if (Number.isNaN(sink)) throw new Error('the subject answered with something that is no number');
  const result = task?.result;
  if (result === undefined || result.state !== 'completed') {
    throw new Error('the subject did not finish');
  }
  const perOperationNs = (ms: number): number => (ms * NS_PER_MS) / prepared.operations;
  const p50Ns = perOperationNs(result.latency.p50);
  return {
    perSecond: 1e9 / p50Ns,
    p50Ns,
    p99Ns: perOperationNs(result.latency.p99),
    checked,
    holds: prepared.holds,
  };
}
