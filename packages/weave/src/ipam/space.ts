import type { Ipv4 } from '@podpath/net';
import { type AddressRange, biggestBlock, sizeOf } from './address-range.ts';
import { AddressSet } from './address-set.ts';

/**
 * The addresses that one peer owns: those handed out and those free (weave, ipam/space/space.go).
 */
export class Space {
  readonly #owned = new AddressSet();
  readonly #free = new AddressSet();

  /** How many addresses are free. */
  get freeCount(): number {
    return this.#free.size;
  }

  free(): readonly AddressRange[] {
    return this.#free.ranges();
  }

  /** What is handed out. */
  used(): readonly AddressRange[] {
    return this.#owned.ranges();
  }

  countFree(range: AddressRange): number {
    return this.#free.countWithin(range);
  }

  /** Takes over addresses that somebody else had, all of them free. */
  add(range: AddressRange): void {
    this.#free.add(range);
  }

  /** Hands out the lowest free address of a range. */
  allocate(range: AddressRange): Ipv4 | undefined {
    const address = this.#free.lowestWithin(range);
    if (address !== undefined) this.claim(address);
    return address;
  }

  /** Hands out one address; false when it is not free here. */
  claim(address: Ipv4): boolean {
    if (!this.#free.has(address)) return false;
    const range = single(address);
    this.#free.subtract(range);
    this.#owned.add(range);
    return true;
  }

  /** Takes an address back; false when it was not handed out. */
  release(address: Ipv4): boolean {
    if (!this.#owned.has(address)) return false;
    const range = single(address);
    this.#owned.subtract(range);
    this.#free.add(range);
    return true;
  }

  /**
   * Gives part of a range away, to a peer that has run out: the biggest free block, or its upper half
   * if the block is more than half of what is free. So enough stays for both.
   */
  donate(range: AddressRange): AddressRange | undefined {
    const block = this.biggestFree(range);
    if (block === undefined) return undefined;
    const size = sizeOf(block);
    const donation =
      size > 1 && size > this.countFree(range) / 2
        ? { start: block.start + size / 2, end: block.end }
        : block;
    this.#free.subtract(donation);
    return donation;
  }

  /** The biggest free block of a range; of equal ones the lowest in the highest stretch of free addresses. */
  biggestFree(range: AddressRange): AddressRange | undefined {
    let biggest: AddressRange | undefined;
    for (const part of this.#free.within(range)) {
      const block = biggestBlock(part);
      if (block !== undefined && (biggest === undefined || sizeOf(block) >= sizeOf(biggest))) {
        biggest = block;
      }
    }
    return biggest;
  }
}

const single = (address: Ipv4): AddressRange => ({ start: address, end: address + 1 });
