import type { Ipv4 } from '@podpath/net';
import type { PeerName } from '../peer-name.ts';
import type { AddressRange } from './address-range.ts';

/** From its token to the next entry's token, around the ring, addresses belong to the peer. */
export interface RingEntry {
  readonly token: Ipv4;
  readonly peer: PeerName;
  /** Rises with every change, so that a peer can tell news from what it knows. */
  readonly version: number;
  /** How many of its addresses are free, as far as the peer has told. */
  readonly free: number;
}

export type RingError =
  | 'notSorted'
  | 'tokenRepeated'
  | 'tokenOutOfRange'
  | 'tooMuchFree'
  | 'differentSeeds'
  | 'differentRange'
  | 'inconsistentEntry'
  | 'entryInMyRange'
  | 'newerVersion';

/** Whether any address of a range is handed out here. */
export type HasAllocations = (range: AddressRange) => boolean;
