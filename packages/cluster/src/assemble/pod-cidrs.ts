import {
  familyOf,
  type Ip,
  type IpFamily,
  lastAddress,
  type Prefix,
  parsePrefix,
  prefixContains,
  prefixOf,
} from '@podpath/net';
import type { NodeDraft } from './nodes.ts';
import { coverOf, widen } from './prefix-cover.ts';

/** A family's pod network by default: where it starts, how it may grow, and each node's share. */
interface Scheme {
  readonly network: Prefix;
  /** Shortest network that grows from it without meeting the Services' network. */
  readonly shortest: number;
  readonly share: number;
  readonly bits: number;
}

const SCHEMES: Readonly<Record<IpFamily, Scheme>> = {
  4: { network: parsePrefix('10.244.0.0/16'), shortest: 9, share: 24, bits: 32 },
  6: { network: parsePrefix('fd00:10:244::/48'), shortest: 40, share: 64, bits: 128 },
};

/** Addresses of a share that no pod gets: the network's, the gateway's, and the last. */
const RESERVED = 3;

export interface PodCidrs {
  readonly network: Prefix;
  /** By node name. */
  readonly cidrs: ReadonlyMap<string, Prefix>;
  /** Whether some had to be made up. */
  readonly madeUp: boolean;
}

/**
 * One family's pod CIDR of every node, made up where the input has none: equal shares of one network,
 * in the nodes' order, around all addresses in use. `undefined` when the network cannot grow enough.
 */
export const makePodCidrs = (
  family: IpFamily,
  nodes: readonly NodeDraft[],
  mostPods: number,
  addressesInUse: readonly Ip[],
): PodCidrs | undefined => {
  const scheme = SCHEMES[family];
  const cidrs = new Map<string, Prefix>();
  for (const { name, podCidrs } of nodes) {
    const cidr = podCidrs.find(({ address }) => familyOf(address) === family);
    if (cidr !== undefined) cidrs.set(name, cidr);
  }
  const given = [...cidrs.values()];
  const lacking = nodes.filter(({ name }) => !cidrs.has(name));
  const start = given.length === 0 ? scheme.network : widen(coverOf(given), scheme.network.length);
  if (lacking.length === 0) return { network: start, cidrs, madeUp: false };
  const share = shareFor(mostPods, given[0]?.length ?? scheme.share, scheme);
  const shortest = Math.min(start.length, scheme.shortest);
  const inUse = [
    ...given,
    ...addressesInUse.map((ip): Prefix => ({ address: ip, length: scheme.bits })),
  ];
  for (let length = Math.min(start.length, share); length >= shortest; length -= 1) {
    const network = prefixOf(start.address, length);
    const free = freeShares(network, share, inUse, lacking.length);
    if (free.length < lacking.length) continue;
    for (const [index, { name }] of lacking.entries()) {
      const cidr = free[index];
      if (cidr !== undefined) cidrs.set(name, cidr);
    }
    return { network, cidrs, madeUp: true };
  }
  return undefined;
};

/** The usual share, or a bigger one if a node's pods would not fit into it. */
const shareFor = (mostPods: number, usual: number, { bits }: Scheme): number => {
  let share = usual;
  while (2 ** (bits - share) - RESERVED < mostPods) share -= 1;
  return share;
};

/** The first `wanted` shares of a network that hold nothing of what is in use. */
const freeShares = (
  network: Prefix,
  share: number,
  inUse: readonly Prefix[],
  wanted: number,
): Prefix[] => {
  const count = 2 ** (share - network.length);
  const indexOf = (address: Ip): number => shareIndex(network, share, address);
  const taken = new Set<number>();
  for (const prefix of inUse) {
    if (!prefixContains(network, prefix.address)) continue;
    const last = Math.min(indexOf(lastOf(prefix)), count - 1);
    for (let index = indexOf(prefix.address); index <= last; index += 1) taken.add(index);
  }
  const free: Prefix[] = [];
  for (let index = 0; index < count && free.length < wanted; index += 1) {
    if (!taken.has(index)) free.push(shareAt(network, share, index));
  }
  return free;
};

const shareIndex = ({ address: base }: Prefix, share: number, address: Ip): number => {
  if (typeof base === 'number' && typeof address === 'number') {
    return Math.floor((address - base) / 2 ** (32 - share));
  }
  return Number((BigInt(address) - BigInt(base)) >> BigInt(128 - share));
};

const shareAt = ({ address }: Prefix, share: number, index: number): Prefix => ({
  address:
    typeof address === 'number'
      ? address + index * 2 ** (32 - share)
      : address + (BigInt(index) << BigInt(128 - share)),
  length: share,
});

const lastOf = ({ address, length }: Prefix): Ip =>
  typeof address === 'number' ? lastAddress({ address, length }) : lastAddress({ address, length });
