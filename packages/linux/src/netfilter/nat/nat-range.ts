import type { Ip } from '@podpath/net';

/** Which end of a packet is rewritten. */
export type Manipulation = 'source' | 'destination';

/** What a NAT target allows the rewritten end to become. */
export interface NatRange {
  readonly address: Ip;
  readonly ports: { readonly first: number; readonly last: number } | undefined;
  /** Draw the port even if the old one is free. */
  readonly random: boolean;
}
