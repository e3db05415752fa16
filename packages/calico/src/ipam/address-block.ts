import { addToIp, type Ip, type Prefix } from '@podpath/net';

/** One block of a pool: whose it is, and which of its addresses are given out. */
export class AddressBlock {
  readonly cidr: Prefix;
  /** Name of the node that claimed it. Others borrow from it. */
  readonly node: string;
  readonly #taken = new Set<Ip>();
  readonly #size: number;
  /** Ordinals below have been given out: a fresh block gives out its addresses in order, its first one first. */
  #next = 0;

  constructor(cidr: Prefix, node: string) {
    this.cidr = cidr;
    this.node = node;
    this.#size = 2 ** ((typeof cidr.address === 'number' ? 32 : 128) - cidr.length);
  }

  get isFull(): boolean {
    return this.#taken.size === this.#size;
  }

  /** Takes one address out of turn. False when somebody has it. */
  take(address: Ip): boolean {
    if (this.#taken.has(address)) return false;
    this.#taken.add(address);
    return true;
  }

  /** The next free address, or `undefined` when the block is full. */
  assign(): Ip | undefined {
    while (this.#next < this.#size) {
      const address = addToIp(this.cidr.address, this.#next++);
      if (this.take(address)) return address;
    }
    return undefined;
  }
}
