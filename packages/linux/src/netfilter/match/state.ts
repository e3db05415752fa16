import { trackedEntry } from '../conntrack/attachment.ts';
import type { ConntrackEntry } from '../conntrack/entry.ts';
import { Status } from '../conntrack/status.ts';
import type { ConntrackStateName, Match } from '../rule.ts';
import type { MatchFunction } from './match-function.ts';

type MatchOf<K extends Match['kind']> = Extract<Match, { readonly kind: K }>;

/** `-m mark`. */
export const matchMark = ({ value, mask, invert }: MatchOf<'mark'>): MatchFunction => {
  const negate = invert === true;
  return (view) => ((view.context.mark & mask) >>> 0 === value) !== negate;
};

/** `-m connmark`: a packet without a connection never matches, inverted or not. */
export const matchConnmark = ({ value, mask, invert }: MatchOf<'connmark'>): MatchFunction => {
  const negate = invert === true;
  return (view) => {
    const entry = trackedEntry(view.context.conntrack);
    return entry !== undefined && ((entry.mark & mask) >>> 0 === value) !== negate;
  };
};

/**
 * `-m conntrack --ctstate` and `-m state`. A packet that conntrack has not seen counts as INVALID
 * (net/netfilter/xt_conntrack.c).
 */
export const matchConntrack = ({ states, invert }: MatchOf<'conntrack'>): MatchFunction => {
  const bits = states.reduce((sum, state) => sum | STATE_BIT[state], 0);
  const negate = invert === true;
  return (view) => {
    const attached = view.context.conntrack;
    const state = attached === undefined ? STATE_BIT.INVALID : STATE_BIT[attached.state];
    return ((bits & (state | natBits(trackedEntry(attached)))) !== 0) !== negate;
  };
};

const STATE_BIT: Readonly<Record<ConntrackStateName, number>> = {
  INVALID: 1,
  NEW: 2,
  ESTABLISHED: 4,
  RELATED: 8,
  UNTRACKED: 16,
  SNAT: 32,
  DNAT: 64,
};

const natBits = (entry: ConntrackEntry | undefined): number => {
  if (entry === undefined) return 0;
  return (
    ((entry.status & Status.SRC_NAT) !== 0 ? STATE_BIT.SNAT : 0) |
    ((entry.status & Status.DST_NAT) !== 0 ? STATE_BIT.DNAT : 0)
  );
};
