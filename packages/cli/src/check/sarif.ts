import { type SarifResult, sarif } from '../output/sarif.ts';
import { type CheckReport, type CheckResult, decidingRules, titleOf } from './report.ts';

const RULES = new Map([
  ['expectation-failed', 'A connection is allowed or denied, and the contrary is expected.'],
  ['expectation-not-checked', 'An expectation names what is not there, or what nobody can do.'],
]);

/** A report in SARIF: a result for each expectation that does not hold, with the rules that decided. */
export const checkSarif = ({ results, failures }: CheckReport): string =>
  sarif({ rules: RULES, results: results.flatMap(resultOf), failures });

const resultOf = (result: CheckResult): readonly SarifResult[] => {
  const { expectation, outcome, message, against } = result;
  if (outcome === 'passed' || outcome === 'skipped') return [];
  const rules = against?.verdict === undefined ? [] : decidingRules(against.verdict);
  return [
    {
      ruleId: outcome === 'failed' ? 'expectation-failed' : 'expectation-not-checked',
      level: 'error',
      message: `${titleOf(result)}: ${message}`,
      place: { source: expectation.source },
      related: rules.flatMap(({ policy, source = policy.source }) =>
        source === undefined ? [] : [{ source, message: 'the rule that decides' }],
      ),
    },
  ];
};
