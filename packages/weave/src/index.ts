export type { WeaveOptions } from './options.ts';
export { weave } from './weave.ts';
