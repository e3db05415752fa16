import type { PortRange } from '../policies/port-range.ts';

/** Slots in one iptables multiport match. A range takes two. */
const SLOTS = 15;

/** Cuts a list of ports, in order, into lists that fit into one multiport match each. */
export const splitPorts = (ports: readonly PortRange[]): readonly (readonly PortRange[])[] => {
  const splits: PortRange[][] = [];
  let free = 0;
  for (const range of ports) {
    const needed = range.first === range.last ? 1 : 2;
    if (free < needed) {
      splits.push([]);
      free = SLOTS;
    }
    splits.at(-1)?.push(range);
    free -= needed;
  }
  return splits;
};
