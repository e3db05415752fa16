import { trackedEntry } from '../conntrack/attachment.ts';
import { Attachment, type ConntrackEntry } from '../conntrack/entry.ts';
import { STATE_BIT } from '../conntrack/state-bit.ts';
import { Status } from '../conntrack/status.ts';
import type { ConntrackAttachment } from '../conntrack.ts';
import type { Match } from '../rule.ts';
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
  return (view) => ((bits & connectionBits(view.context.conntrack)) !== 0) !== negate;
};

/** The bits of the states that a packet's connection is in. */
export const connectionBits = (attached: ConntrackAttachment | undefined): number =>
  attached instanceof Attachment
    ? attached.bit | natBits(attached.entry)
    : STATE_BIT[attached?.state ?? 'INVALID'];

const natBits = (entry: ConntrackEntry | undefined): number => {
  if (entry === undefined) return 0;
  return (
    ((entry.status & Status.SRC_NAT) !== 0 ? STATE_BIT.SNAT : 0) |
    ((entry.status & Status.DST_NAT) !== 0 ? STATE_BIT.DNAT : 0)
  );
};
