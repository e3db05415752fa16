export { BenchmarkError, type BenchmarkOptions, runBenchmarks } from './runner/run-benchmarks.ts';
