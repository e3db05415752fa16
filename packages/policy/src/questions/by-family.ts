import type { FlowProtocol } from '@podpath/cluster';
import {
  type ConnectionSet,
  commonTo,
  createInterning,
  EVERYTHING_ALLOWED,
  formatConnections,
  NOTHING_ALLOWED,
} from '../connection-set.ts';
import { getOrAdd } from '../get-or-add.ts';

/** What may be opened over IPv4 and over IPv6; absent where the ends have no such addresses in common. */
export interface ByFamily {
  readonly ipv4?: ConnectionSet;
  readonly ipv6?: ConnectionSet;
}

/** As `formatConnections`, with the families told apart where they differ. */
export const formatByFamily = ({ ipv4, ipv6 }: ByFamily): string => {
  const [four, six] = [ipv4, ipv6].map((set) => set && formatConnections(set));
  if (four === undefined || six === undefined || four === six) return four ?? six ?? '';
  return `IPv4: ${four} | IPv6: ${six}`;
};

/** Narrows a question to one port, or with no port, to one protocol. */
export interface TrafficFilter {
  readonly protocol: FlowProtocol;
  readonly port?: number;
}

/** All that passes the filter. */
export const trafficOf = (filter: TrafficFilter | undefined): ConnectionSet => {
  if (filter === undefined) return EVERYTHING_ALLOWED;
  const { protocol, port } = filter;
  if (protocol === 'ICMP') return { ...NOTHING_ALLOWED, ICMP: true };
  const ranges = port === undefined ? EVERYTHING_ALLOWED[protocol] : [{ first: port, last: port }];
  return { ...NOTHING_ALLOWED, [protocol]: ranges };
};

/** Leaves of sets what a filter lets through, each set once. */
export const narrowing = (
  filter: TrafficFilter | undefined,
): ((set: ConnectionSet) => ConnectionSet) => {
  if (filter === undefined) return (set) => set;
  const traffic = trafficOf(filter);
  const known = new Map<ConnectionSet, ConnectionSet>();
  const intern = createInterning();
  return (set) => getOrAdd(known, set, () => intern(commonTo(set, traffic)));
};
