import type { FlowProtocol } from '@podpath/cluster';
import { type IpFamily, IpProtocol } from '@podpath/net';

/** A protocol's IANA number; ICMP is another protocol in IPv6. */
export const protocolNumber = (protocol: FlowProtocol | number, family: IpFamily): number => {
  if (typeof protocol === 'number') return protocol;
  return protocol === 'ICMP' && family === 6 ? IpProtocol.ICMPV6 : IpProtocol[protocol];
};

const UDP_LITE = 136;

/** Whether packets of the protocol carry ports. */
export const hasPorts = (protocol: number): boolean =>
  protocol === IpProtocol.TCP ||
  protocol === IpProtocol.UDP ||
  protocol === IpProtocol.SCTP ||
  protocol === UDP_LITE;

/** What is sent to ask whether somebody is there. */
export const ECHO_REQUEST: Readonly<Record<IpFamily, { type: number; code: number }>> = {
  4: { type: 8, code: 0 },
  6: { type: 128, code: 0 },
};

/** Whether a protocol's messages have an ICMP type and code. */
export const isIcmp = (protocol: number): boolean =>
  protocol === IpProtocol.ICMP || protocol === IpProtocol.ICMPV6;
