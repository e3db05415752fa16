import type { IpFamily, Prefix } from '@podpath/net';

/** When packets between nodes are encapsulated: always, or only between nodes on different subnets. */
export type VxlanMode = 'Always' | 'CrossSubnet';

/** A range of addresses for pods, cut into blocks of equal size. */
export interface IpPool {
  readonly name: string;
  readonly cidr: Prefix;
  /** Prefix length of its blocks. */
  readonly blockSize: number;
  /** Whether what its pods send out of all pools is masqueraded. */
  readonly natOutgoing: boolean;
  readonly vxlanMode: VxlanMode;
}

/** Calico's defaults, 64 addresses either way. */
export const DEFAULT_BLOCK_SIZE: Readonly<Record<IpFamily, number>> = { 4: 26, 6: 122 };

/** Length of an address in bits. */
export const bitsOf = (family: IpFamily): number => (family === 4 ? 32 : 128);

/** Pools are tried in the order of their names. */
export const byName = (a: IpPool, b: IpPool): number =>
  a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
