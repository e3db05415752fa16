import { sha1Hex } from './digest.ts';

/** What every workload interface starts with unless `InterfacePrefix` says otherwise. */
const DEFAULT_INTERFACE_PREFIX = 'cali';

const INTERFACE_NAME_HASH_LENGTH = 11;

/**
 * Name of the host's end of a pod's veth: the first of the comma-separated prefixes and eleven
 * hexadecimal digits, 15 characters with the default prefix, which is all that Linux allows.
 * Follows libcalico-go/lib/backend/k8s/conversion/workload_endpoint_default.go.
 */
export const hostVethName = (
  namespace: string,
  pod: string,
  prefixes: string = DEFAULT_INTERFACE_PREFIX,
): string => {
  const [prefix = DEFAULT_INTERFACE_PREFIX] = prefixes.split(',');
  return prefix + sha1Hex(`${namespace}.${pod}`).slice(0, INTERFACE_NAME_HASH_LENGTH);
};

const escapeDashes = (component: string): string => component.replaceAll('-', '--');

/** Name of a WorkloadEndpoint: components joined by dashes, their own dashes doubled. */
export const workloadEndpointName = (
  node: string,
  pod: string,
  endpoint: string = 'eth0',
  orchestrator: string = 'k8s',
): string => [node, orchestrator, pod, endpoint].map(escapeDashes).join('-');
