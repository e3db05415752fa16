import { type Ip, type Prefix, prefixOf } from '@podpath/net';
import { AddressBlock } from './address-block.ts';
import { BlockWalk } from './block-walk.ts';
import { firstDefined } from './first-defined.ts';
import type { IpPool } from './ip-pool.ts';

/** One pool's blocks: claims them for nodes and gives out their addresses. Follows libcalico-go/lib/ipam. */
export class PoolAllocator {
  readonly pool: IpPool;
  readonly #blocks = new Map<Ip, AddressBlock>();
  readonly #byNode = new Map<string, AddressBlock[]>();
  readonly #unclaimed: BlockWalk;
  /** Walks all blocks, for who has to borrow; full ones drop out as they are met. */
  readonly #withSpace: BlockWalk;

  constructor(pool: IpPool) {
    this.pool = pool;
    this.#unclaimed = new BlockWalk(pool);
    this.#withSpace = new BlockWalk(pool);
  }

  blocks(): readonly AddressBlock[] {
    return [...this.#blocks.values()];
  }

  countOf(node: string): number {
    return this.#byNode.get(node)?.length ?? 0;
  }

  blockOf(address: Ip): AddressBlock | undefined {
    return this.#blocks.get(prefixOf(address, this.pool.blockSize).address);
  }

  /** Takes a given address. Its block goes to the node unless another has it: then the node borrows. */
  take(address: Ip, node: string): void {
    const block =
      this.blockOf(address) ?? this.#claim(prefixOf(address, this.pool.blockSize), node);
    block.take(address);
  }

  /** From a block that the node has. */
  assignFromOwn(node: string): Ip | undefined {
    return firstDefined(this.#byNode.get(node) ?? [], (block) => block.assign());
  }

  /** From a block that the node claims now. */
  assignFromNew(node: string): Ip | undefined {
    const free = this.#unclaimed.first(node);
    return free === undefined ? undefined : this.#claim(free, node).assign();
  }

  /** From whatever block has space, in the order of the node's walk; nothing as long as a block is free to claim. */
  borrow(node: string): Ip | undefined {
    if (this.#unclaimed.first(node) !== undefined) return undefined;
    for (;;) {
      const candidate = this.#withSpace.first(node);
      if (candidate === undefined) return undefined;
      const address = this.#blocks.get(candidate.address)?.assign();
      if (address !== undefined) return address;
      this.#withSpace.remove(candidate);
    }
  }

  #claim(cidr: Prefix, node: string): AddressBlock {
    const block = new AddressBlock(cidr, node);
    this.#blocks.set(cidr.address, block);
    this.#unclaimed.remove(cidr);
    const owned = this.#byNode.get(node);
    if (owned === undefined) this.#byNode.set(node, [block]);
    else owned.push(block);
    return block;
  }
}
