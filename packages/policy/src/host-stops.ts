import type { Host } from './hosts.ts';
import type { Stage } from './model.ts';
import type { Party } from './parties.ts';
import type { Direction } from './verdict.ts';

/** A place at which a host endpoint is asked about a connection. */
export interface HostStop {
  readonly node: string;
  readonly host: Host;
  readonly direction: Direction;
  /** In this order, until one decides. */
  readonly stages: readonly Stage[];
}

/** What the node of an end has to say about connections that it forwards, from the source on. */
export const hostStops = (from: Party, to: Party): readonly HostStop[] => [
  ...leavingSource(from, to),
  ...enteringDestination(from, to),
];

/** Whether the connection stays on one node. */
const isLocal = (from: Party, to: Party): boolean =>
  from.location !== undefined && from.location === to.location;

const leavingSource = (from: Party, to: Party): readonly HostStop[] => {
  const { pod, host, location: node } = from;
  if (pod === undefined || host === undefined || node === undefined) return [];
  if (to.node === node || to.pod === pod) return [];
  const local = isLocal(from, to);
  return [
    ...(host.everyInterface ? [{ node, host, ...INTO } as const] : []),
    ...(host.everyInterface || !local ? [{ node, host, ...OUT } as const] : []),
  ];
};

const enteringDestination = (from: Party, to: Party): readonly HostStop[] => {
  const { pod, host, location: node } = to;
  if (pod === undefined || host === undefined || node === undefined) return [];
  if (isLocal(from, to)) return [];
  return [
    { node, host, direction: 'ingress', stages: ['untracked', 'pre-dnat', 'forward'] },
    ...(host.everyInterface ? [{ node, host, ...OUT } as const] : []),
  ];
};

/** From a pod's interface, where packets are tracked already. */
const INTO = { direction: 'ingress', stages: ['pre-dnat', 'forward'] } as const;
const OUT = { direction: 'egress', stages: ['forward'] } as const;
