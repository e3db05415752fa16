import type { Ip } from '@podpath/net';

/** Inclusive. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** Matches on single fields of the headers. */
export type HeaderMatch =
  /** `-m length`: bytes of the whole IP packet, inclusive. */
  | {
      readonly kind: 'length';
      readonly first: number;
      readonly last: number;
      readonly invert?: boolean;
    }
  /** `-m ttl`, `-m hl` for IPv6. Only `equal` can be inverted. */
  | {
      readonly kind: 'ttl';
      readonly compare: 'equal' | 'less' | 'greater';
      readonly value: number;
      readonly invert?: boolean;
    }
  /** `-m tos`: the whole byte that DSCP and ECN share. */
  | {
      readonly kind: 'tos';
      readonly value: number;
      readonly mask: number;
      readonly invert?: boolean;
    }
  /** `-m dscp`: 0 to 63. */
  | { readonly kind: 'dscp'; readonly value: number; readonly invert?: boolean }
  /** `-m iprange`, inclusive. */
  | {
      readonly kind: 'ip-range';
      readonly source?: AddressRange;
      readonly destination?: AddressRange;
    }
  /** `-m esp --espspi` and `-m ah --ahspi`, inclusive: needs a protocol match before it. */
  | {
      readonly kind: 'spi';
      readonly protocol: 'esp' | 'ah';
      readonly first: number;
      readonly last: number;
      readonly invert?: boolean;
    };

interface AddressRange {
  readonly first: Ip;
  readonly last: Ip;
  readonly invert?: boolean;
}
