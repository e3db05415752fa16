import type { FlowProtocol, PortProtocol } from '@podpath/cluster';
import { getOrAdd } from './get-or-add.ts';

/** Destination ports `first` to `last`, both included. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** What may be opened between two ends. Ranges are in order, disjoint and as long as they can be. */
export interface ConnectionSet extends Readonly<Record<PortProtocol, readonly PortRange[]>> {
  readonly ICMP: boolean;
}

export const PORT_PROTOCOLS = ['TCP', 'UDP', 'SCTP'] as const;
export const LAST_PORT = 65535;

const EVERY_PORT: readonly PortRange[] = [{ first: 1, last: LAST_PORT }];

export const EVERYTHING_ALLOWED: ConnectionSet = {
  TCP: EVERY_PORT,
  UDP: EVERY_PORT,
  SCTP: EVERY_PORT,
  ICMP: true,
};

export const NOTHING_ALLOWED: ConnectionSet = { TCP: [], UDP: [], SCTP: [], ICMP: false };

/** What is in both. */
export const commonTo = (a: ConnectionSet, b: ConnectionSet): ConnectionSet => {
  const ranges = (protocol: PortProtocol) => commonRanges(a[protocol], b[protocol]);
  return { TCP: ranges('TCP'), UDP: ranges('UDP'), SCTP: ranges('SCTP'), ICMP: a.ICMP && b.ICMP };
};

const commonRanges = (a: readonly PortRange[], b: readonly PortRange[]): readonly PortRange[] =>
  a.flatMap((one) =>
    b.flatMap((other) => {
      const first = Math.max(one.first, other.first);
      const last = Math.min(one.last, other.last);
      return first <= last ? [{ first, last }] : [];
    }),
  );

/** What is in either. */
export const joined = (a: ConnectionSet, b: ConnectionSet): ConnectionSet => {
  const ranges = (protocol: PortProtocol) => joinedRanges([...a[protocol], ...b[protocol]]);
  return { TCP: ranges('TCP'), UDP: ranges('UDP'), SCTP: ranges('SCTP'), ICMP: a.ICMP || b.ICMP };
};

const joinedRanges = (ranges: readonly PortRange[]): readonly PortRange[] => {
  const list: PortRange[] = [];
  for (const range of ranges.toSorted((a, b) => a.first - b.first)) {
    const previous = list.at(-1);
    if (previous === undefined || range.first > previous.last + 1) list.push(range);
    else {
      const last = Math.max(previous.last, range.last);
      list.splice(-1, 1, { first: previous.first, last });
    }
  }
  return list;
};

/** Gives one object for all equal sets. */
export const createInterning = (): ((set: ConnectionSet) => ConnectionSet) => {
  const known = new Map<string, ConnectionSet>(
    [EVERYTHING_ALLOWED, NOTHING_ALLOWED].map((set) => [formatConnections(set), set]),
  );
  return (set) => getOrAdd(known, formatConnections(set), () => set);
};

/** Whether a connection is in the set. The port is ignored for ICMP. */
export const setAllows = (set: ConnectionSet, protocol: FlowProtocol, port: number): boolean =>
  protocol === 'ICMP'
    ? set.ICMP
    : set[protocol].some(({ first, last }) => first <= port && port <= last);

export const allowsEverything = (set: ConnectionSet): boolean =>
  set.ICMP && PORT_PROTOCOLS.every((protocol) => isEveryPort(set[protocol]));

export const allowsNothing = (set: ConnectionSet): boolean =>
  !set.ICMP && PORT_PROTOCOLS.every((protocol) => set[protocol].length === 0);

const isEveryPort = ([range]: readonly PortRange[]): boolean =>
  range !== undefined && range.first === 1 && range.last === LAST_PORT;

/** `everything`, `nothing`, or as in `TCP 80,8000-8999; UDP; ICMP`, where a bare protocol is all of it. */
export const formatConnections = (set: ConnectionSet): string => {
  if (allowsEverything(set)) return 'everything';
  if (allowsNothing(set)) return 'nothing';
  const parts = PORT_PROTOCOLS.flatMap((protocol) => {
    const ranges = set[protocol];
    if (ranges.length === 0) return [];
    return isEveryPort(ranges) ? [protocol] : [`${protocol} ${ranges.map(formatRange).join(',')}`];
  });
  return [...parts, ...(set.ICMP ? ['ICMP'] : [])].join('; ');
};

const formatRange = ({ first, last }: PortRange): string =>
  first === last ? `${first}` : `${first}-${last}`;
