import { z } from 'zod';

/** One subject's figure on one workload, over several processes. */
const measurement = z.strictObject({
  /** `calico`, `linear scan`, … */
  subject: z.string(),
  /** A plugin under test, podpath's own part, or something to hold it against. */
  role: z.enum(['plugin', 'own', 'peer']),
  /** Median over the processes; what it counts is the suite's quantity. */
  value: z.number().positive(),
  /** Each process's own value. */
  runs: z.array(z.number().positive()).min(1),
  /** Of an operation within a process: medians over the processes. Absent where nothing is timed. */
  latency: z.optional(
    z.strictObject({ p50Ns: z.number().nonnegative(), p99Ns: z.number().nonnegative() }),
  ),
  /** Answers compared with the oracle's before the clock started. */
  checked: z.number().int().nonnegative(),
  /** What the subject holds, where that says something: `routes`, `rules`, `set members`. */
  holds: z.record(z.string(), z.number()),
});

const skipped = z.strictObject({ subject: z.string(), reason: z.string() });

const workload = z.strictObject({
  name: z.string(),
  /** One sentence: what there is, and what the stream of questions is like. */
  description: z.string(),
  /** What there is of what: `nodes`, `pods`, `policies`, `rules`. */
  size: z.record(z.string(), z.number().int().nonnegative()),
  seed: z.number().int(),
  measurements: z.array(measurement),
  skipped: z.array(skipped),
});

const suite = z.strictObject({
  name: z.string(),
  title: z.string(),
  /** What a figure of this suite says, and what it does not. */
  about: z.string(),
  /** `rate`: operations a second. `duration`: nanoseconds an operation. `memory`: bytes a thing. */
  quantity: z.enum(['rate', 'duration', 'memory']),
  /** What a value is: `lookups a second`, `bytes of heap`. */
  measure: z.string(),
  /** What a workload is: `Cluster`, `Chain`. */
  workloadTitle: z.string(),
  workloads: z.array(workload),
});

const results = z.strictObject({
  schema: z.literal(2),
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
