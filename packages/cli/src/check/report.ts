import type { RuleRef, Verdict } from '@podpath/policy';
import type { WrittenExpectation } from './expectations.ts';

/** What came of a file of expectations; every format is written from it. */
export interface CheckReport {
  /** The file, as it was given. */
  readonly file: string;
  readonly results: readonly CheckResult[];
  /** Why not everything could be checked, for instance because the input cannot be read. */
  readonly failures: readonly string[];
}

export interface CheckResult {
  readonly expectation: WrittenExpectation;
  /** `error`: it names what is not there, or what nobody can do. `skipped`: something failed before its turn. */
  readonly outcome: 'passed' | 'failed' | 'error' | 'skipped';
  /** What is not as expected, or why it was not checked; empty when it is as expected. */
  readonly message: string;
  /** The connection that is not as expected. */
  readonly against?: {
    readonly from: string;
    readonly to: string;
    readonly family?: 4 | 6;
    /** Of the policies; absent where a plugin was asked. */
    readonly verdict?: Verdict;
    /** How the walk under a plugin ended. */
    readonly walk?: { readonly outcome: string; readonly reason: string };
  };
}

/** `shop/web → shop/db TCP 5432 is allowed`, or what it is called. */
export const titleOf = ({ expectation }: CheckResult): string => {
  const { name, from, to, protocol, port, family, allowed, plugin } = expectation;
  const what = protocol === 'ICMP' ? protocol : `${protocol} ${port}`;
  const over = family === undefined ? '' : ` over IPv${family}`;
  const flow = `${from} → ${to} ${what}${over} is ${allowed ? 'allowed' : 'denied'}`;
  const under = plugin === undefined ? '' : ` under ${plugin}`;
  return name === undefined ? `${flow}${under}` : `${name} (${flow}${under})`;
};

export const countsOf = ({ results }: CheckReport) => {
  const count = (outcome: CheckResult['outcome']) =>
    results.filter((result) => result.outcome === outcome).length;
  return {
    passed: count('passed'),
    failed: count('failed'),
    errors: count('error'),
    skipped: count('skipped'),
  };
};

/** The rules that made a verdict what it is. */
export const decidingRules = ({ egress, ingress, hosts = [] }: Verdict): readonly RuleRef[] =>
  [egress, ...hosts.map(({ verdict }) => verdict), ingress].flatMap((verdict) => {
    if (verdict.reason === 'denied-by-rule') return [verdict.rule];
    return verdict.reason === 'allowed-by-rule' ? verdict.rules.slice(0, 1) : [];
  });
