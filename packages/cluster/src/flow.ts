import type { Ip, IpFamily } from '@podpath/net';

/** One end of a flow as a user names it. */
export type FlowEnd =
  | { readonly kind: 'pod'; readonly namespace: string; readonly name: string }
  | { readonly kind: 'node'; readonly name: string }
  | { readonly kind: 'service'; readonly namespace: string; readonly name: string }
  /** An address outside the cluster, or any address given as such. */
  | { readonly kind: 'address'; readonly address: Ip };

export type FlowProtocol = 'TCP' | 'UDP' | 'SCTP' | 'ICMP';

/** A new connection that someone tries to open. */
export interface Flow {
  readonly from: FlowEnd;
  readonly to: FlowEnd;
  readonly protocol: FlowProtocol;
  /** Destination port as dialled (a Service's port when `to` is a Service); 0 for ICMP. */
  readonly port: number;
  /** Fixed when a test needs it; otherwise drawn from the ephemeral range. */
  readonly sourcePort?: number;
  /** Which address is dialled when both ends have both families. Absent: the destination's primary. */
  readonly family?: IpFamily;
}
