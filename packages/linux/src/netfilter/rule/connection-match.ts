import type { Prefix } from '@podpath/net';
import type { PortRange } from './header-match.ts';

export type ConntrackStateName =
  | 'NEW'
  | 'ESTABLISHED'
  | 'RELATED'
  | 'INVALID'
  | 'UNTRACKED'
  | 'SNAT'
  | 'DNAT';

export type ConntrackStatusName = 'NONE' | 'EXPECTED' | 'SEEN_REPLY' | 'ASSURED' | 'CONFIRMED';

interface AddressField {
  readonly prefix: Prefix;
  readonly invert?: boolean;
}

interface PortField extends PortRange {
  readonly invert?: boolean;
}

export type ConnectionMatch =
  /** `-m conntrack` with more than a state. All fields have to match. */
  | {
      readonly kind: 'connection';
      readonly states?: {
        readonly names: readonly ConntrackStateName[];
        readonly invert?: boolean;
      };
      readonly protocol?: { readonly protocol: string | number; readonly invert?: boolean };
      readonly originalSource?: AddressField;
      readonly originalDestination?: AddressField;
      readonly replySource?: AddressField;
      readonly replyDestination?: AddressField;
      readonly originalSourcePort?: PortField;
      readonly originalDestinationPort?: PortField;
      readonly replySourcePort?: PortField;
      readonly replyDestinationPort?: PortField;
      readonly status?: {
        readonly names: readonly ConntrackStatusName[];
        readonly invert?: boolean;
      };
      /** Whole seconds that the entry has left, inclusive. */
      readonly expiresSeconds?: {
        readonly first: number;
        readonly last: number;
        readonly invert?: boolean;
      };
      readonly direction?: 'ORIGINAL' | 'REPLY';
    }
  /** `-m connlimit`: how many connections there are from (or to) the packet's address, under a mask of so many bits. */
  | {
      readonly kind: 'connlimit';
      readonly compare: 'above' | 'upto';
      readonly limit: number;
      readonly maskLength: number;
      readonly side: 'source' | 'destination';
    };
