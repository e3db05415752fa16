import { IpProtocol } from '@podpath/net';
import type { PolicyModel, TrafficMatch } from './model.ts';

const { TCP, UDP } = IpProtocol;

const open = (protocol: number, ...ports: readonly number[]): TrafficMatch => ({
  protocol,
  ports: ports.map((port) => ({ first: port, last: port })),
});

/** etcd, Typha, Kubernetes' API server and BGP: what a node cannot do without. */
const CONTROL = [179, 2379, 2380, 5473, 6443, 6666, 6667];

/**
 * The ports that Calico keeps open at host endpoints: SSH and DHCP in, DNS and DHCP out, and those of the control plane.
 * Source: FailsafeInboundHostPorts and FailsafeOutboundHostPorts of FelixConfiguration, as they are by default.
 */
export const FAILSAFES: PolicyModel['failsafes'] = {
  ingress: [open(TCP, 22, ...CONTROL), open(UDP, 68)],
  egress: [open(UDP, 53, 67), open(TCP, ...CONTROL)],
};
