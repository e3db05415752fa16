export { flannel } from './flannel.ts';
export type { FlannelOptions, VxlanOptions } from './options.ts';
