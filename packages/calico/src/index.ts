export { calico } from './calico.ts';
export type { IpPool, VxlanMode } from './ipam/ip-pool.ts';
export type { CalicoOptions } from './options.ts';
