import { familyOf, type Prefix } from '@podpath/net';

/** How many addresses a prefix has; inexact, but right for comparisons, beyond 2^53. */
export const sizeOf = ({ address, length }: Prefix): number =>
  2 ** ((familyOf(address) === 4 ? 32 : 128) - length);
