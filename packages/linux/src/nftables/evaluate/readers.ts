import type { Evaluation } from './objects.ts';

/** In place of a number that the packet does not have. */
export const ABSENT = -1;

/**
 * How a value is read off a packet. A rule that reads what a packet does not have ends there.
 * Nothing here allocates.
 */
export type Reader =
  /** At most 48 bits; `ABSENT` when there is none. */
  | { readonly kind: 'number'; readonly read: (at: Evaluation) => number }
  /** An IPv6 address as four words, in an array that the next read may overwrite. */
  | { readonly kind: 'ipv6'; readonly read: (at: Evaluation) => Uint32Array | undefined }
  /** A device's name; empty when there is no device. */
  | { readonly kind: 'name'; readonly read: (at: Evaluation) => string };

export const numberReader = (read: (at: Evaluation) => number): Reader => ({
  kind: 'number',
  read,
});
