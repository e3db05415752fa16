import type { Cluster, Pod } from '@podpath/cluster';
import { familyOf, formatIp, type Ip, type IpFamily, type Prefix, prefixOf } from '@podpath/net';
import { firstDefined } from './first-defined.ts';
import { bitsOf, byName, type IpPool } from './ip-pool.ts';
import { PoolAllocator } from './pool-allocator.ts';

/** `maxBlocksPerHost` when nobody sets it. */
const MAX_BLOCKS_PER_NODE = 20;

/** Who has which addresses. */
export interface AddressPlan {
  /** Of every pod on the pod network, by `namespace/name`, the primary first. Empty: it has finished, or none was left. */
  readonly podAddresses: ReadonlyMap<string, readonly Ip[]>;
  /** Of each node's VXLAN devices. */
  readonly tunnels: ReadonlyMap<string, ReadonlyMap<IpFamily, Ip>>;
  readonly blocks: readonly PlannedBlock[];
  /** Addresses in use on another node than the one that has their block. */
  readonly borrowed: readonly BorrowedAddress[];
  readonly notes: readonly string[];
}

interface BorrowedAddress {
  readonly address: Ip;
  /** The node that uses it. */
  readonly node: string;
  readonly pool: IpPool;
}

interface PlannedBlock {
  readonly cidr: Prefix;
  /** The node that it is affine to. */
  readonly node: string;
  readonly pool: IpPool;
}

/**
 * Gives every pod and every VXLAN device an address, in the order in which a cluster would: addresses
 * that stand in the input first, then the tunnels of nodes, then pods. `strays` are pools that only
 * hold addresses of the input. Never throws: who gets no address is noted.
 */
export const planAddresses = (
  cluster: Cluster,
  pools: readonly IpPool[],
  strays: readonly IpPool[] = [],
): AddressPlan => {
  const planner = new Planner(pools, strays);
  const networked = [...cluster.pods.entries()].filter(([, pod]) => !pod.hostNetwork);
  for (const [, pod] of networked) {
    if (pod.addressSource === 'input' && !isFinished(pod)) planner.takeGiven(pod);
  }
  for (const node of cluster.nodes.values()) {
    for (const address of node.addresses) planner.assignTunnel(node.name, familyOf(address));
  }
  for (const [key, pod] of networked) planner.assignPod(key, pod);
  return planner.plan();
};

class Planner {
  readonly #allocators: readonly PoolAllocator[];
  readonly #assigning: Readonly<Record<IpFamily, readonly PoolAllocator[]>>;
  /** By length and address of the pool: an address is looked up once a length, however many pools there are. */
  readonly #byLength = new Map<number, Map<Ip, PoolAllocator>>();
  readonly #families: readonly IpFamily[];
  readonly #podAddresses = new Map<string, readonly Ip[]>();
  readonly #tunnels = new Map<string, Map<IpFamily, Ip>>();
  readonly #holders = new Map<Ip, string>();
  readonly #without: string[] = [];

  constructor(pools: readonly IpPool[], strays: readonly IpPool[]) {
    const assigning = pools.toSorted(byName).map((pool) => new PoolAllocator(pool));
    const ofFamily = (family: IpFamily) =>
      assigning.filter(({ pool }) => familyOf(pool.cidr.address) === family);
    this.#assigning = { 4: ofFamily(4), 6: ofFamily(6) };
    this.#families = ([4, 6] as const).filter((family) => this.#assigning[family].length > 0);
    this.#allocators = [...assigning, ...strays.map((pool) => new PoolAllocator(pool))];
    for (const allocator of this.#allocators) {
      const { address, length } = allocator.pool.cidr;
      const ofLength = this.#byLength.get(length) ?? new Map<Ip, PoolAllocator>();
      this.#byLength.set(length, ofLength.set(address, allocator));
    }
  }

  takeGiven(pod: Pod): void {
    for (const address of pod.ips) {
      this.#holders.set(address, pod.node);
      this.#allocatorOf(address)?.take(address, pod.node);
    }
  }

  assignTunnel(node: string, family: IpFamily): void {
    const address = this.#assign(node, family);
    if (address === undefined) {
      if (this.#families.includes(family)) this.#without.push(`the tunnel of node ${node}`);
      return;
    }
    const tunnels = this.#tunnels.get(node) ?? new Map<IpFamily, Ip>();
    this.#tunnels.set(node, tunnels.set(family, address));
  }

  assignPod(key: string, pod: Pod): void {
    if (isFinished(pod)) {
      this.#podAddresses.set(key, []);
      return;
    }
    if (pod.addressSource === 'input' && pod.ips.length > 0) {
      this.#podAddresses.set(key, pod.ips);
      return;
    }
    const addresses: Ip[] = [];
    for (const family of this.#familiesOf(pod)) {
      const address = this.#assign(pod.node, family);
      if (address === undefined) this.#without.push(`pod ${key}`);
      else addresses.push(address);
    }
    this.#podAddresses.set(key, addresses);
  }

  plan(): AddressPlan {
    const borrowed = [...this.#holders].flatMap(([address, node]): readonly BorrowedAddress[] => {
      const allocator = this.#allocatorOf(address);
      const block = allocator?.blockOf(address);
      return allocator === undefined || block === undefined || block.node === node
        ? []
        : [{ address, node, pool: allocator.pool }];
    });
    return {
      podAddresses: this.#podAddresses,
      tunnels: this.#tunnels,
      blocks: this.#allocators.flatMap((allocator) =>
        allocator.blocks().map(({ cidr, node }) => ({ cidr, node, pool: allocator.pool })),
      ),
      borrowed,
      notes: this.#notes(borrowed),
    };
  }

  #assign(node: string, family: IpFamily): Ip | undefined {
    const allocators = this.#assigning[family];
    const address =
      firstDefined(allocators, (allocator) => allocator.assignFromOwn(node)) ??
      this.#assignFromElsewhere(node, allocators);
    if (address !== undefined) this.#holders.set(address, node);
    return address;
  }

  /** From a new block, or else from somebody's: pool by pool each time. Not for a node with its fill of blocks. */
  #assignFromElsewhere(node: string, allocators: readonly PoolAllocator[]): Ip | undefined {
    const owned = allocators.reduce((sum, allocator) => sum + allocator.countOf(node), 0);
    if (owned >= MAX_BLOCKS_PER_NODE) return undefined;
    return (
      firstDefined(allocators, (allocator) => allocator.assignFromNew(node)) ??
      firstDefined(allocators, (allocator) => allocator.borrow(node))
    );
  }

  /** A pod keeps the families that it had; one that had no address gets all that there are. */
  #familiesOf(pod: Pod): readonly IpFamily[] {
    const had = pod.ips.map(familyOf).filter((family) => this.#families.includes(family));
    return had.length > 0 ? had : this.#families;
  }

  #allocatorOf(address: Ip): PoolAllocator | undefined {
    return firstDefined([...this.#byLength.keys()], (length) =>
      length > bitsOf(familyOf(address))
        ? undefined
        : this.#byLength.get(length)?.get(prefixOf(address, length).address),
    );
  }

  #notes(borrowed: readonly BorrowedAddress[]): readonly string[] {
    const [firstBorrowed] = borrowed;
    return [
      ...(firstBorrowed === undefined
        ? []
        : [
            `${count(borrowed.length, 'address')} in use on a node that does not have the block, ${formatIp(firstBorrowed.address)} on ${firstBorrowed.node} for one: each has a route of its own on every other node`,
          ]),
      ...(this.#without.length === 0
        ? []
        : [
            `the pools ran out of addresses, or a node had as many blocks as it may have: ${count(this.#without.length, 'address')} not given, the first to ${this.#without[0]}`,
          ]),
    ];
  }
}

const isFinished = ({ phase }: Pod): boolean => phase === 'Succeeded' || phase === 'Failed';

const count = (number: number, what: string): string =>
  number === 1 ? `1 ${what} is` : `${number} ${what}es are`;
