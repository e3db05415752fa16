import type { IpsetEntry } from '../rule.ts';

/** One element of a set. */
export interface Member<E extends IpsetEntry = IpsetEntry> {
  readonly entry: E;
  /** The packet is as good as not in the set. */
  nomatch: boolean;
  comment: string | undefined;
  /** Infinite: it stays. */
  expiresAtMs: number;
  /** What matched it; only counted in a set with counters. */
  packets: number;
  bytes: number;
  /** Where the kernel's hash table would have it, before that is cut to the size of the table. */
  hash: number;
}

/** What `ipset add` says of a member beside what it is. */
export interface MemberOptions {
  readonly comment?: string | undefined;
  /** 0: it stays. Absent: as the set says. */
  readonly timeoutSeconds?: number | undefined;
  readonly packets?: number | undefined;
  readonly bytes?: number | undefined;
  /** `-exist`: what is there gets the options anew. */
  readonly exist?: boolean | undefined;
}

/** What `ipset create` says of a set's members. */
export interface Extensions {
  readonly comments: boolean;
  readonly counters: boolean;
  /** How long members stay unless they say so themselves, 0 for ever; absent: they cannot say so. */
  readonly timeoutSeconds: number | undefined;
}

export const newMember = <E extends IpsetEntry>(
  entry: E,
  nomatch: boolean,
  options: MemberOptions,
  extensions: Extensions,
  nowMs: number,
): Member<E> => {
  const member: Member<E> = {
    entry,
    nomatch,
    comment: undefined,
    expiresAtMs: Number.POSITIVE_INFINITY,
    packets: 0,
    bytes: 0,
    hash: 0,
  };
  setOptions(member, options, extensions, nowMs);
  return member;
};

/** Counters that are not given stay as they are; a comment that is not given goes. */
export const setOptions = (
  member: Member,
  { comment, timeoutSeconds, packets, bytes }: MemberOptions,
  extensions: Extensions,
  nowMs: number,
): void => {
  member.comment = comment;
  if (packets !== undefined) member.packets = packets;
  if (bytes !== undefined) member.bytes = bytes;
  const seconds = timeoutSeconds ?? extensions.timeoutSeconds ?? 0;
  member.expiresAtMs = seconds === 0 ? Number.POSITIVE_INFINITY : nowMs + seconds * 1000;
};
