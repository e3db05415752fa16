import type { ConntrackAttachment } from '../conntrack.ts';
import { Attachment, type ConntrackEntry } from './entry.ts';

/** Of packets that conntrack could make nothing of. The kernel leaves them without a connection. */
export const INVALID = new Attachment('INVALID');
export const UNTRACKED = new Attachment('UNTRACKED');
/** Of answers to untracked packets, whom nobody exempts any more; conntrack may still know what they are about. */
export const ANSWERS_UNTRACKED = new Attachment('INVALID');

/** The connection that a packet belongs to, if any. */
export const trackedEntry = (
  attached: ConntrackAttachment | undefined,
): ConntrackEntry | undefined => (attached instanceof Attachment ? attached.entry : undefined);

/**
 * What an answer that the kernel itself makes up for a packet (an ICMP error, a reset) carries: the
 * same connection, the other way, RELATED (nf_conntrack_attach). Without it the answer to a packet
 * that was refused before its connection was confirmed would be taken for a stranger's, and not be
 * translated back.
 */
export const answerAttachment = (
  attached: ConntrackAttachment | undefined,
): ConntrackAttachment | undefined => {
  if (attached === UNTRACKED) return ANSWERS_UNTRACKED;
  return attached instanceof Attachment ? attached.entry?.related(!attached.isReply) : undefined;
};
