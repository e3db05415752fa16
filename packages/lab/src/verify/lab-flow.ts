import type { Flow } from '@podpath/cluster';
import { type DataPath, dial } from '@podpath/cni';
import type { Probe } from '@podpath/linux';

/** What a flow is an example of. */
export type FlowKind =
  | 'pod to pod'
  | 'pod to closed port'
  | 'pod to Service'
  | 'pod to node'
  | 'pod to outside'
  | 'node to node'
  | 'node to pod'
  | 'node to Service'
  | 'outside to node port';

/** A flow to try, with what the policies say of it where they say something. */
export interface LabFlow {
  readonly kind: FlowKind;
  readonly flow: Flow;
  readonly policy?: 'allowed' | 'denied';
}

/** Below the ports that kernels give out, and above those that pods listen on: a flow is known by its own. */
const FIRST_SOURCE_PORT = 20_000;
const SOURCE_PORTS = 10_000;
const UDP_BYTES = 16;

const PROTOCOLS = { TCP: 'tcp', UDP: 'udp', SCTP: 'sctp', ICMP: 'icmp' } as const;

/** The flow's first packet, as a socket is asked to send it; the number of the flow chooses the source port. */
export function probeOf({ cluster }: DataPath, flow: Flow, number: number): Probe {
  const { namespace, source, to } = dial(cluster, flow);
  return {
    namespace,
    protocol: PROTOCOLS[flow.protocol],
    to,
    port: flow.port,
    sourcePort: FIRST_SOURCE_PORT + (number % SOURCE_PORTS),
    ...(source === undefined ? {} : { source }),
    ...(flow.protocol === 'UDP' ? { payloadBytes: UDP_BYTES } : {}),
  };
}
