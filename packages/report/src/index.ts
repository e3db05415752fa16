export { buildReport, type ReportInput } from './build-report.ts';
export type { Block, Chart, ReportDocument, Section, Table } from './document/document.ts';
export { renderHtml } from './render/html.ts';
export { renderMarkdown } from './render/markdown.ts';
export { renderText } from './render/text.ts';
export { renderTextTable } from './render/text-table.ts';
export {
  type BenchmarkResults,
  type Measurement,
  parseResults,
  ResultsError,
  type SkippedSubject,
  type SuiteResult,
  type WorkloadResult,
} from './results/results.ts';
export { summaryTable } from './sections/summary.ts';
