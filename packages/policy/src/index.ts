export type { AddressRange } from './address-classes.ts';
export type { Knowledge } from './address-knowledge.ts';
export { type AttachedPolicies, attachPolicies } from './compiled/attach.ts';
export type { FlowBatch, Kernel } from './compiled/batch-judge.ts';
export { type PolicyChange, PolicyChangeError } from './compiled/changes.ts';
export { type CompiledPolicy, compilePolicies } from './compiled/compile.ts';
export type { CompiledSize } from './compiled/compiled-size.ts';
export type { IdentityMatrix, MatrixIdentity } from './compiled/matrix.ts';
export type { TrafficRange } from './compiled/traffic-classes.ts';
export type { SharedMemory } from './compiled/web-assembly.ts';
export {
  allowsEverything,
  allowsNothing,
  type ConnectionSet,
  formatConnections,
  type PortRange,
  setAllows,
} from './connection-set.ts';
export type { JudgedTraffic } from './connections-between.ts';
export { createEvaluator, type PolicyEvaluator } from './evaluator.ts';
export { type ExplainedStep, explain } from './explanation.ts';
export {
  type PolicyEnd,
  type PolicyFlow,
  PolicyFlowError,
  type PolicyFlowErrorCode,
} from './flow.ts';
export { formatVerdict } from './format-verdict.ts';
export type { LabelExpression } from './label-expression.ts';
export {
  EMPTY_MODEL,
  type EndMatch,
  type IcmpMatch,
  type Policy,
  type PolicyModel,
  type PortMatch,
  type Profile,
  type Rule,
  type Stage,
  type Tier,
  type TrafficMatch,
} from './model.ts';
export { type ByFamily, formatByFamily, type TrafficFilter } from './questions/by-family.ts';
export {
  type Checked,
  createChecker,
  type Expectation,
  type ExpectationChecker,
} from './questions/check.ts';
export {
  type ChangedConnections,
  type ChangedStep,
  diffPolicies,
  type PolicyDiff,
} from './questions/diff.ts';
export { type End, formatAddressRange } from './questions/end.ts';
export { type EndPattern, parseEndPattern } from './questions/end-pattern.ts';
export { formatDiff } from './questions/format-diff.ts';
export { formatMatrix } from './questions/format-matrix.ts';
export { formatPodsOf } from './questions/format-pods-of.ts';
export { formatPoliciesOf } from './questions/format-policies-of.ts';
export { formatWhoCanReach } from './questions/format-who-can-reach.ts';
export { type Finding, finding, type Severity } from './questions/lint/finding.ts';
export { findingSentence, formatFinding } from './questions/lint/format-finding.ts';
export { byPlace, lintPolicies } from './questions/lint/lint.ts';
export {
  type Matrix,
  type MatrixCell,
  type MatrixQuestion,
  type MatrixRow,
  matrix,
} from './questions/matrix.ts';
export { matrixJson } from './questions/matrix-json.ts';
export { matrixMarkdown } from './questions/matrix-markdown.ts';
export { matrixMermaid } from './questions/matrix-mermaid.ts';
export { type PodsOf, podsOfPolicy } from './questions/pods-of.ts';
export {
  type AskedTier,
  type PoliciesOf,
  type PolicySubject,
  policiesOf,
} from './questions/policies-of.ts';
export { QuestionError } from './questions/question-error.ts';
export { parseTarget, type Target } from './questions/target.ts';
export {
  type ReachAnswer,
  type WhoCanReach,
  type WhoCanReachQuestion,
  whoCanReach,
} from './questions/who-can-reach.ts';
export {
  type Reachability,
  type ReachabilityEnd,
  type ReachabilityOptions,
  reachability,
} from './reachability.ts';
export {
  refOfCalico,
  refOfClusterPolicy,
  type TranslationOptions,
  translatePolicies,
} from './translate-policies.ts';
export {
  type Direction,
  type DirectionVerdict,
  type HostVerdict,
  type PolicyRef,
  type RuleRef,
  refOf,
  type Verdict,
} from './verdict.ts';
export { type VerdictEnds, verdictMermaid } from './verdict-mermaid.ts';
