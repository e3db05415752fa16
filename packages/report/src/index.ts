export {
  type BenchmarkResults,
  type Measurement,
  parseResults,
  ResultsError,
  type SkippedSubject,
  type SuiteResult,
  type WorkloadResult,
} from './results/results.ts';
