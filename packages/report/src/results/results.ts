import { z } from 'zod';

/** One subject's speed on one workload, over several processes. */
const measurement = z.strictObject({
  /** `calico`, `linear scan`, … */
  subject: z.string(),
  /** A plugin under test, podpath's own part, or something to hold it against. */
  role: z.enum(['plugin', 'own', 'peer']),
  /** Median over the processes, in operations a second. */
  perSecond: z.number().positive(),
  /** Each process's own median, in operations a second. */
  runs: z.array(z.number().positive()).min(1),
  /** Nanoseconds an operation, within a process: medians over the processes. */
  p50Ns: z.number().nonnegative(),
  p99Ns: z.number().nonnegative(),
  /** Answers compared with the oracle's before the clock started. */
  checked: z.number().int().nonnegative(),
  /** What the subject holds, where that says something: `routes`, `rules`, `set members`. */
  holds: z.record(z.string(), z.number()),
});

const skipped = z.strictObject({ subject: z.string(), reason: z.string() });

const workload = z.strictObject({
  name: z.string(),
  /** One sentence: what is in the cluster and what the stream of questions is like. */
  description: z.string(),
  nodes: z.number().int().positive(),
  pods: z.number().int().nonnegative(),
  policies: z.number().int().nonnegative(),
  seed: z.number().int(),
  measurements: z.array(measurement),
  skipped: z.array(skipped),
});

const suite = z.strictObject({
  name: z.string(),
  title: z.string(),
  /** What a figure of this suite says, and what it does not. */
  about: z.string(),
  /** What one operation is: `lookups`, `verdicts`. */
  unit: z.string(),
  workloads: z.array(workload),
});

const results = z.strictObject({
  schema: z.literal(1),
  /** ISO 8601. */
  startedAt: z.string(),
  quick: z.boolean(),
  machine: z.strictObject({
    cpu: z.string(),
    cores: z.number().int().positive(),
    memoryBytes: z.number().positive(),
    platform: z.string(),
    kernel: z.string(),
  }),
  node: z.string(),
  packages: z.record(z.string(), z.string()),
  suites: z.array(suite),
});

export type Measurement = z.infer<typeof measurement>;
export type SkippedSubject = z.infer<typeof skipped>;
export type WorkloadResult = z.infer<typeof workload>;
export type SuiteResult = z.infer<typeof suite>;
/** The one schema of benchmark results. */
export type BenchmarkResults = z.infer<typeof results>;

/** Results that do not have the schema. */
export class ResultsError extends Error {
  override readonly name = 'ResultsError';
}

/** Parses results from JSON text. Throws ResultsError, which names the field. */
export function parseResults(text: string, source: string): BenchmarkResults {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ResultsError(
      `${source}: not JSON: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  const parsed = results.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    (issue) => `${source}: ${issue.path.join('.') || 'document'}: ${issue.message}`,
  );
  throw new ResultsError(problems.join('\n'));
}
