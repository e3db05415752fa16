import type { FlowEnd, FlowProtocol } from '@podpath/cluster';
import type { IpFamily } from '@podpath/net';

/** One end of a connection as policy sees it: after a Service's address was rewritten to an endpoint's. */
export type PolicyEnd = Exclude<FlowEnd, { readonly kind: 'service' }>;

/** A new connection that policy is asked about. */
export interface PolicyFlow {
  readonly from: PolicyEnd;
  readonly to: PolicyEnd;
  /** By name or IANA's number. */
  readonly protocol: FlowProtocol | number;
  /** Destination port as the destination sees it; ignored for protocols without ports. */
  readonly port: number;
  /** Only Calico's rules ask for it. Absent: 32768, the first that Linux gives to whoever wants none. */
  readonly sourcePort?: number;
  /** ICMP's type and code. Absent: an echo request. */
  readonly icmp?: { readonly type: number; readonly code: number };
  /** Absent: the family of an end that is an address, else of the destination's first address that the source can dial. */
  readonly family?: IpFamily;
}

export type PolicyFlowErrorCode = 'unknown-pod' | 'unknown-node' | 'finished-pod' | 'no-family';

/** A flow that cannot exist in this cluster, so that there is nothing to judge. */
export class PolicyFlowError extends Error {
  override readonly name = 'PolicyFlowError';
  readonly code: PolicyFlowErrorCode;
  /** The field of the flow that is wrong. */
  readonly field: 'from' | 'to' | 'family';

  constructor(code: PolicyFlowErrorCode, field: 'from' | 'to' | 'family', message: string) {
    super(`${field}: ${message}`);
    this.code = code;
    this.field = field;
  }
}
