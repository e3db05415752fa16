/**
 * The pure parts of Calico one by one, for test vectors that hold them to Calico's own: its names,
 * its selectors, its conversion of Kubernetes objects, and the text of Felix's chains.
 */

export { workloadDispatchChains } from './chains/dispatch-chains.ts';
export {
  type EndpointTier,
  type WorkloadEndpoint,
  workloadChains,
} from './chains/endpoint-chains.ts';
export { filterChains } from './chains/filter-chains.ts';
export { mangleChains } from './chains/mangle-chains.ts';
export { natChains, natOutgoingChain } from './chains/nat-chains.ts';
export { groupTargets, type PolicyGroup, policyGroupChain } from './chains/policy-groups.ts';
export { rawChains } from './chains/raw-chains.ts';
export {
  endpointChainName,
  type PolicyDirection,
  type PolicyId,
  type PolicyKind,
  policyChainName,
  profileChainName,
} from './names/chain-names.ts';
export { ipsetName, selectorIpsetId } from './names/ipset-names.ts';
export { lengthLimitedId } from './names/length-limited-id.ts';
export {
  endOfTierNflogPrefix,
  noProfileNflogPrefix,
  ruleNflogPrefix,
} from './names/nflog-prefix.ts';
export { policyGroupChainName } from './names/policy-group-name.ts';
export { appendedRulesChain, ruleHashes } from './names/rule-hash.ts';
export { vxlanMac } from './names/vxlan-mac.ts';
export { hostVethName, workloadEndpointName } from './names/workload-names.ts';
export type { ActiveRule, EndMatch } from './policies/active-rule.ts';
export type { CalicoRule, EntityRule, Profile } from './policies/calico-policy.ts';
export { convertNetworkPolicy } from './policies/convert-network-policy.ts';
export { namespaceSelectorText, podSelectorText } from './policies/label-selector-text.ts';
export { policyPortText, simplifyPorts } from './policies/policy-port.ts';
export { namespaceProfile, serviceAccountProfile } from './policies/profiles.ts';
export type { FelixAction, FelixChain, FelixRule } from './rendering/felix-rule.ts';
export {
  actionText,
  felixRuleText,
  type IptablesFeatures,
  matchText,
} from './rendering/felix-text.ts';
export { renderRule } from './rendering/policy-rules.ts';
export { splitPorts } from './rendering/port-split.ts';
export { type FailsafePort, FELIX_DEFAULTS, type RenderConfig } from './rendering/render-config.ts';
