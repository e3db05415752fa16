import {
  byPlace,
  type Finding,
  findingSentence,
  formatFinding,
  lintPolicies,
  type Severity,
} from '@podpath/policy';
import { type InputOptions, loadInput } from '../input/load-input.ts';
import type { ExitCode, Io } from '../io.ts';
import { LINT_RULES } from '../lint/lint-rules.ts';
import { pluginFindings } from '../lint/plugin-findings.ts';
import { answerJson } from '../output/answer-json.ts';
import { type SarifResult, sarif } from '../output/sarif.ts';
import { writeOutput } from '../output/write-output.ts';
import { pluginsNamed } from '../plugins.ts';

export interface LintOptions extends InputOptions {
  /** Absent: what is odd under any plugin. */
  readonly plugin?: string;
  readonly format: 'text' | 'json' | 'sarif';
  readonly output?: string;
  readonly failOn: Severity | 'never';
}

/** `podpath lint`: what is odd about the policies. 1 for findings as severe as one asks for. */
export async function lint(
  inputs: readonly string[],
  options: LintOptions,
  io: Io,
): Promise<ExitCode> {
  const plugins = options.plugin === undefined ? [] : pluginsNamed(options.plugin);
  const cluster = await loadInput(inputs, options, io);
  const findings = [
    ...lintPolicies(cluster),
    ...plugins.flatMap((plugin) => pluginFindings(plugin, cluster)),
  ].toSorted(byPlace);
  await writeOutput(render(findings, options.format), options.output, io);
  const { failOn } = options;
  if (failOn === 'never') return 0;
  return findings.some(({ severity }) => RANKS[severity] >= RANKS[failOn]) ? 1 : 0;
}

const RANKS: Readonly<Record<Severity, number>> = { info: 0, warning: 1, error: 2 };

function render(findings: readonly Finding[], format: LintOptions['format']): string {
  switch (format) {
    case 'text':
      return `${[...findings.map(formatFinding), summaryOf(findings)].join('\n')}\n`;
    case 'json':
      return answerJson('lint', { findings });
    case 'sarif':
      return sarif({ rules: LINT_RULES, results: findings.map(sarifResult) });
  }
}

const summaryOf = (findings: readonly Finding[]): string => {
  if (findings.length === 0) return 'Nothing is odd.';
  const counts = Map.groupBy(findings, ({ severity }) => severity);
  return (['error', 'warning', 'info'] as const)
    .map((severity) => `${counts.get(severity)?.length ?? 0} ${severity}`)
    .join(', ');
};

const LEVELS = { error: 'error', warning: 'warning', info: 'note' } as const;

const sarifResult = (finding: Finding): SarifResult => {
  const { id, severity, source, related } = finding;
  const relatedSource = related?.source ?? related?.policy.source;
  return {
    ruleId: id,
    level: LEVELS[severity],
    message: findingSentence(finding),
    ...(source === undefined ? {} : { place: { source } }),
    ...(relatedSource === undefined
      ? {}
      : { related: [{ source: relatedSource, message: 'the other rule' }] }),
  };
};
