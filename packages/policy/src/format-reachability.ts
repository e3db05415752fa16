import type { FlowProtocol } from '@podpath/cluster';
import { formatIp, formatPrefix, lastAddress, prefixOf } from '@podpath/net';
import type { AddressRange } from './address-classes.ts';
import {
  allowsEverything,
  allowsNothing,
  type ConnectionSet,
  formatConnections,
  setAllows,
} from './connection-set.ts';
import type { Reachability, ReachabilityEnd } from './reachability.ts';
import { tabulate } from './tabulate.ts';

export interface ReachabilityFormat {
  /** Shows only whether this may be opened. Absent: a letter for each set of ports. */
  readonly port?: { readonly protocol: FlowProtocol; readonly port: number };
}

const EVERYTHING = '.';
const NOTHING = 'X';
const NO_PAIR = '-';

/**
 * The matrix as a table, a line for each end that connections come from, a column for each that they go to,
 * and what its signs mean. Ends with a newline. Every pair is worked out: ask for some namespaces only where there are thousands of ends.
 */
export const formatReachability = (
  reachability: Reachability,
  { port }: ReachabilityFormat = {},
): string => {
  const names = reachability.ends.map((end, index) => `${index + 1} ${formatReachabilityEnd(end)}`);
  const { sets, matrix } = tabulate(reachability);
  const { signs, meanings } =
    port === undefined ? signsForSets(sets) : signsForPort(sets, port.protocol, port.port);

  const rows = matrix.map((row) => row.map((set) => (set === null ? NO_PAIR : (signs[set] ?? ''))));
  const columns = names.map((_, index) => `${index + 1}`);
  const width = Math.max(0, ...[columns, ...rows].flat().map(({ length }) => length));
  const nameWidth = Math.max(0, ...names.map(({ length }) => length), 'from \\ to'.length);
  const line = (name: string, cells: readonly string[]) =>
    [name.padEnd(nameWidth), ...cells.map((cell) => cell.padStart(width))].join(' ');

  return [
    line('from \\ to', columns),
    ...names.map((name, index) => line(name, rows[index] ?? [])),
    '',
    ...meanings,
    `${NO_PAIR.padEnd(width)} nothing to connect`,
    ...(reachability.hostNetworkPods === 0
      ? []
      : [
          '',
          `Host-network pods count as nodes and are left out: ${reachability.hostNetworkPods}.`,
        ]),
    '',
  ].join('\n');
};

interface Signs {
  /** By index of the set. */
  readonly signs: readonly string[];
  readonly meanings: readonly string[];
}

const signsForSets = (sets: readonly ConnectionSet[]): Signs => {
  let letters = 0;
  const signs = sets.map((set) => {
    if (allowsEverything(set)) return EVERYTHING;
    if (allowsNothing(set)) return NOTHING;
    letters += 1;
    return letter(letters);
  });
  return {
    signs,
    meanings: sets
      .map((set, index) => `${signs[index]} ${formatConnections(set)}`)
      .toSorted((a, b) => (a < b ? -1 : 1)),
  };
};

const signsForPort = (
  sets: readonly ConnectionSet[],
  protocol: FlowProtocol,
  port: number,
): Signs => {
  const what = protocol === 'ICMP' ? protocol : `${protocol} ${port}`;
  return {
    signs: sets.map((set) => (setAllows(set, protocol, port) ? EVERYTHING : NOTHING)),
    meanings: [`${EVERYTHING} ${what} allowed`, `${NOTHING} ${what} denied`],
  };
};

/** 1 is `a`, 26 `z`, 27 `aa`. */
const letter = (number: number): string => {
  const index = number - 1;
  const last = String.fromCharCode('a'.charCodeAt(0) + (index % 26));
  return index < 26 ? last : `${letter(Math.floor(index / 26))}${last}`;
};

const MOST_RANGES = 3;

/** `shop/web`, `shop/web (Deployment)`, `shop/web (Deployment, 1 of 3 pods)`, `outside`, `outside 10.0.0.0/8`. */
export const formatReachabilityEnd = (end: ReachabilityEnd): string => {
  if (end.kind === 'outside') {
    if (!end.named) return end.family === 4 ? 'outside' : 'outside, IPv6';
    const shown = end.ranges.slice(0, MOST_RANGES).map(formatAddressRange).join(', ');
    const more = end.ranges.length - MOST_RANGES;
    return `outside ${shown}${more > 0 ? ` and ${more} more ranges` : ''}`;
  }
  const { namespace, owner, pods, workloadSize } = end;
  const about = [
    ...(owner.kind === 'Pod' ? [] : [owner.kind]),
    ...(pods.length === workloadSize ? [] : [`${pods.length} of ${workloadSize} pods`]),
  ];
  return `${namespace}/${owner.name}${about.length === 0 ? '' : ` (${about.join(', ')})`}`;
};

/** As a prefix where it is one, else as `FIRST-LAST`. */
export const formatAddressRange = ({ first, last }: AddressRange): string => {
  for (let length = 0; length <= (typeof first === 'number' ? 32 : 128); length += 1) {
    const prefix = prefixOf(first, length);
    if (prefix.address === first && lastAddress(prefix) === last) return formatPrefix(prefix);
  }
  return `${formatIp(first)}-${formatIp(last)}`;
};
