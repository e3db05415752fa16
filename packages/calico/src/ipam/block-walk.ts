import { addToIp, type Ip, lastAddress, type Prefix } from '@podpath/net';
import { fnv32 } from './fnv.ts';
import type { IpPool } from './ip-pool.ts';

/**
 * The order in which a node looks through a pool for a block: from a start of its own, upwards, around
 * the end, once. Calico draws the start from Go's random generator, seeded with the FNV-1 hash of the
 * node's name; here it is that hash itself, modulo the number of blocks. Both are arbitrary, and fixed per node.
 */
export class BlockWalk {
  readonly #pool: IpPool;
  readonly #bits: number;
  readonly #count: bigint;
  readonly #last: Ip;
  /** Blocks that are out of the walk, each with a later one to look at instead. */
  readonly #onward = new Map<Ip, Ip>();

  constructor(pool: IpPool) {
    this.#pool = pool;
    this.#bits = typeof pool.cidr.address === 'number' ? 32 : 128;
    this.#count = 1n << BigInt(pool.blockSize - pool.cidr.length);
    this.#last = lastAddress(pool.cidr);
  }

  /** Takes a block out of the walk. */
  remove(block: Prefix): void {
    this.#onward.set(block.address, this.#after(block.address));
  }

  /** The first block of a node's walk that is still in it. */
  first(node: string): Prefix | undefined {
    if (BigInt(this.#onward.size) >= this.#count) return undefined;
    const start = this.#at(BigInt(fnv32(node)) % this.#count);
    let found = start;
    for (let next = this.#onward.get(found); next !== undefined; next = this.#onward.get(found)) {
      found = next;
    }
    // Next time the whole run of removed blocks is one step.
    for (let at = start; at !== found; ) {
      const next = this.#onward.get(at) ?? found;
      this.#onward.set(at, found);
      at = next;
    }
    return { address: found, length: this.#pool.blockSize };
  }

  #at(index: bigint): Ip {
    const { address } = this.#pool.cidr;
    const offset = index << BigInt(this.#bits - this.#pool.blockSize);
    return typeof address === 'number'
      ? addToIp(address, Number(offset))
      : addToIp(address, offset);
  }

  #after(block: Ip): Ip {
    const blockEnd = lastAddress({ address: block, length: this.#pool.blockSize });
    return blockEnd === this.#last ? this.#pool.cidr.address : addToIp(blockEnd, 1);
  }
}
