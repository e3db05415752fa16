export type { KubeProxyOptions } from './kube-proxy-options.ts';
