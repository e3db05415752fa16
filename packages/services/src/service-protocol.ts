import type { PortProtocol } from '@podpath/cluster';

/** A Service port's protocol as iptables spells it. */
export type ServiceProtocol = 'tcp' | 'udp' | 'sctp';

const NAMES = { TCP: 'tcp', UDP: 'udp', SCTP: 'sctp' } as const;

export const serviceProtocol = (protocol: PortProtocol): ServiceProtocol => NAMES[protocol];
