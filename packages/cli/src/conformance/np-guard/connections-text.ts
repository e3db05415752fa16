import type { ConnectionSet, PortRange } from '@podpath/policy';

const PROTOCOLS = ['SCTP', 'TCP', 'UDP'] as const;
const EVERY_PORT = '1-65535';

/** `All Connections`, or as in `TCP 80,443-445,UDP 53`; empty for none. ICMP does not count. */
export const connectionsText = (set: ConnectionSet | undefined): string => {
  if (set === undefined) return '';
  const parts = PROTOCOLS.map((protocol) => ({ protocol, ports: portsText(set[protocol]) }));
  if (parts.every(({ ports }) => ports === EVERY_PORT)) return 'All Connections';
  return parts
    .filter(({ ports }) => ports !== '')
    .map(({ protocol, ports }) => `${protocol} ${ports}`)
    .join();
};

const portsText = (ranges: readonly PortRange[]): string =>
  ranges.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join();
