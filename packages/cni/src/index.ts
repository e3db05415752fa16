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
