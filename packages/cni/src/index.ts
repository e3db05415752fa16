export { createDataPath } from './emulated-data-path.ts';
export { FlowError } from './flow-error.ts';
export type { NodeProgrammer } from './node-programmer.ts';
export { namespaceOf } from './node-programmer.ts';
export type {
  DataPath,
  Features,
  NetworkPlugin,
  NodeCost,
  PolicyDeviation,
  Trace,
} from './plugin.ts';
export { OptionsError } from './plugin.ts';
export type { Underlay } from './underlay.ts';
export { planUnderlay } from './underlay.ts';
