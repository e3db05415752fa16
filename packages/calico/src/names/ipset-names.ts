import type { IpFamily } from '@podpath/net';
import { uniqueId } from './unique-id.ts';

const MAX_IPSET_NAME_LENGTH = 31;

/** Sets that exist whatever the policies are. */
export type StaticIpsetId =
  | 'all-hosts-net'
  | 'all-vxlan-net'
  | 'this-host'
  | 'masq-ipam-pools'
  | 'network-ip-pools'
  | 'dscp-src-net';

/** Name of a set in the kernel: `cali40` or `cali60` and its identity, cut to the 31 characters ipset takes. */
export const ipsetName = (family: IpFamily, id: string): string =>
  `${family === 4 ? 'cali40' : 'cali60'}${id}`.slice(0, MAX_IPSET_NAME_LENGTH);

/** Identity of the set of addresses that a selector (in canonical text) matches. */
export const selectorIpsetId = (canonicalSelector: string): string =>
  uniqueId('s', canonicalSelector);

/** Identity of the set of a Service's endpoints, with their ports or without. */
export const serviceIpsetId = (service: string, withPorts: boolean): string =>
  uniqueId(withPorts ? 'svc' : 'svcnoport', service);

/** Identity of the set of address and port pairs that a named port stands for. */
export const namedPortIpsetId = (
  canonicalSelector: string,
  protocol: 'tcp' | 'udp' | 'sctp',
  portName: string,
): string => uniqueId('n', `${selectorIpsetId(canonicalSelector)},${protocol},${portName}`);
