import type { SourceLocation } from '@podpath/cluster';
import type { PolicyRef, RuleRef } from '../../verdict.ts';

export type Severity = 'error' | 'warning' | 'info';

/** Something about a policy that its author may not have meant. Plain data. */
export interface Finding {
  /** Stays the same from version to version: `rule-shadowed`, and `PLUGIN/DEVIATION` of a plugin's. */
  readonly id: string;
  readonly severity: Severity;
  /** A sentence without its end, to follow the name of the policy or rule. */
  readonly message: string;
  readonly policy: PolicyRef;
  /** Absent: it is about the policy as a whole. */
  readonly rule?: RuleRef;
  /** The most exact place that is known. */
  readonly source?: SourceLocation;
  /** The rule that the message is about besides. */
  readonly related?: RuleRef;
}

/** A finding about a policy, or about one of its rules. */
export const finding = (
  id: string,
  severity: Severity,
  of: PolicyRef | RuleRef,
  message: string,
  related?: RuleRef,
): Finding => {
  const isRule = 'policy' in of;
  const policy = isRule ? of.policy : of;
  const source = of.source ?? policy.source;
  return {
    id,
    severity,
    message,
    policy,
    ...(isRule ? { rule: of } : {}),
    ...(source === undefined ? {} : { source }),
    ...(related === undefined ? {} : { related }),
  };
};
