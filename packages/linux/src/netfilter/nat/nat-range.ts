import type { Ip } from '@podpath/net';

/** Which end of a packet is rewritten. */
export type Manipulation = 'source' | 'destination';

/** What a NAT target allows the rewritten end to become. */
export interface NatRange {
  readonly address: Ip;
  /** Of a range that starts with `address`, over which flows are spread. */
  readonly lastAddress?: Ip | undefined;
  readonly ports: { readonly first: number; readonly last: number } | undefined;
  /** Draw the port even if the old one is free. */
  readonly random: boolean;
  /** A source gets the same address of the range whatever the destination. */
  readonly persistent?: boolean;
  /** The old port that becomes the first of the range, the next one the second, and so on. */
  readonly basePort?: number | undefined;
}
