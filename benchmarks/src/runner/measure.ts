import { Bench } from 'tinybench';
import type { Quantity, SelfTimed, Timed, Weighed } from '../suites/suite.ts';
import { weigh } from './weigh.ts';

/** What one process found out about one subject. */
export interface ProcessResult {
  /** Operations a second, nanoseconds an operation, or bytes a thing, as the suite's quantity has it. */
  readonly value: number;
  /** Of single operations, where they are timed. */
  readonly latency?: { readonly p50Ns: number; readonly p99Ns: number };
  readonly checked: number;
  readonly holds: Readonly<Record<string, number>>;
}

const NS_PER_MS = 1e6;
/** Something that takes seconds is not done sixty times. */
const FEW = { iterations: 3, warmupIterations: 1 };

/** Checks the subject's answers, then measures it. Throws when an answer is wrong: a wrong answer has no speed. */
export async function measure(
  prepared: Timed | SelfTimed | Weighed,
  quantity: Quantity,
  timeMs: number,
): Promise<ProcessResult> {
  const checked = prepared.check();
  const { holds } = prepared;
  if (prepared.kind === 'weighed') return { value: weigh(prepared), checked, holds };
  const latency =
    prepared.kind === 'self-timed' ? prepared.run(timeMs) : await time(prepared, quantity, timeMs);
  const { p50Ns } = latency;
  return { value: quantity === 'rate' ? 1e9 / p50Ns : p50Ns, latency, checked, holds };
}

async function time(
  { operations, run, rest }: Timed,
  quantity: Quantity,
  timeMs: number,
): Promise<{ readonly p50Ns: number; readonly p99Ns: number }> {
  let sink = 0;
  const bench = new Bench({
    time: timeMs,
    warmupTime: timeMs / 3,
    throws: true,
    ...(quantity === 'duration' ? FEW : {}),
  });
  bench.add(
    'subject',
    () => {
      sink += run();
    },
    rest === undefined ? {} : { beforeEach: rest },
  );
  const [task] = await bench.run();
  if (Number.isNaN(sink)) throw new Error('the subject answered with something that is no number');
  const result = task?.result;
  if (result === undefined || result.state !== 'completed') {
    throw new Error('the subject did not finish');
  }
  const perOperationNs = (ms: number): number => (ms * NS_PER_MS) / operations;
  return {
    p50Ns: perOperationNs(result.latency.p50),
    p99Ns: perOperationNs(result.latency.p99),
  };
}
