import type { ConntrackStateName } from '../rule.ts';

/** States of a connection as rules ask for them, each a bit, so that several are asked for at once. */
export const STATE_BIT: Readonly<Record<ConntrackStateName, number>> = {
  INVALID: 1,
  NEW: 2,
  ESTABLISHED: 4,
  RELATED: 8,
  UNTRACKED: 16,
  SNAT: 32,
  DNAT: 64,
};
