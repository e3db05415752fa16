import type { Comparison } from '@podpath/cni';
import type { ReportDocument } from './document/document.ts';
import type { BenchmarkResults } from './results/results.ts';
import { differencesSection } from './sections/differences.ts';
import { enforcementSection } from './sections/enforcement.ts';
import { measuredSection } from './sections/measured.ts';
import { methodSection } from './sections/method.ts';
import { programmedSection } from './sections/programmed.ts';
import { summarySection } from './sections/summary.ts';

/** What a report is made of; either part may be missing. */
export interface ReportInput {
  /** What was compared: a path as the user gave it, or the sample's name. */
  readonly subject: string;
  readonly comparison?: Comparison;
  readonly benchmarks?: BenchmarkResults;
}

/** Lays out the report. Structural findings and measured speeds stand in sections of their own. */
export function buildReport({ subject, comparison, benchmarks }: ReportInput): ReportDocument {
  return {
    title: 'podpath report',
    subtitle: `Calico, Flannel and Weave Net compared on ${subject}`,
    sections: [
      ...(comparison === undefined
        ? []
        : [
            summarySection(comparison),
            differencesSection(comparison),
            programmedSection(comparison),
            enforcementSection(comparison),
          ]),
      ...(benchmarks === undefined
        ? []
        : [...benchmarks.suites.map(measuredSection), methodSection(benchmarks)]),
    ],
  };
}
