export { createEvaluator, type PolicyEvaluator } from './evaluator.ts';
export {
  type PolicyEnd,
  type PolicyFlow,
  PolicyFlowError,
  type PolicyFlowErrorCode,
} from './flow.ts';
export type {
  NamespaceMatch,
  Peer,
  PodMatch,
  Policy,
  PolicyModel,
  PortMatch,
  Rule,
  Tier,
} from './model.ts';
export { translateNetworkPolicies } from './translate-network-policies.ts';
export {
  type Direction,
  type DirectionVerdict,
  type PolicyRef,
  type RuleRef,
  refOf,
  type Verdict,
} from './verdict.ts';
