export { type ChainNames, chainNames, endpointChainName } from './chain-names.ts';
export {
  type SelectableEndpoint,
  type SelectedEndpoints,
  selectEndpoints,
  type TrafficPolicies,
} from './endpoint-selection.ts';
export { endpointSlicesOf } from './endpoint-slices.ts';
export { endpointsOf, type ServiceEndpoint } from './endpoints.ts';
export { kubeProxyCommands } from './kube-proxy.ts';
export type { KubeProxyOptions } from './kube-proxy-options.ts';
export { probabilityText } from './probability.ts';
export { servicePortName } from './service-port-name.ts';
export type { ServiceProtocol } from './service-protocol.ts';
