export {
  type CompareOptions,
  comparePlugins,
  type PluginChoice,
} from './comparison/compare-plugins.ts';
export {
  type ComparedFlow,
  type Comparison,
  differingFlows,
  type PluginColumn,
  type Walk,
} from './comparison/comparison.ts';
export { type Workload, workloadsOf } from './comparison/workload.ts';
export { createDataPath } from './emulated-data-path.ts';
export { type DialledFlow, dial } from './flow-ends.ts';
export { FlowError } from './flow-error.ts';
export { ignoredPolicyNotes } from './ignored-policies.ts';
export type { NodeProgrammer } from './node-programmer.ts';
export { namespaceOf } from './node-programmer.ts';
export { parseOptions } from './parse-options.ts';
export type {
  DataPath,
  Features,
  NetworkPlugin,
  NodeCost,
  OpenFlow,
  PolicyDeviation,
  Trace,
} from './plugin.ts';
export { OptionsError } from './plugin.ts';
export type { Underlay } from './underlay.ts';
export { planUnderlay } from './underlay.ts';
