export type { Difference } from './compare/difference.ts';
export { whyNoLab } from './host.ts';
export { LabError } from './lab-error.ts';
export { LAB_LIMITS, type Limits } from './verify/cut-cluster.ts';
export type { KernelLack, KernelReport } from './verify/kernel-features.ts';
export type { FlowKind, LabFlow } from './verify/lab-flow.ts';
export {
  differencesOf,
  type PluginVerification,
  type Verification,
  type VerifiedFlow,
} from './verify/verification.ts';
export { type VerificationJson, verificationJson } from './verify/verification-json.ts';
export { type VerifyOptions, verifyCluster } from './verify/verify-cluster.ts';
