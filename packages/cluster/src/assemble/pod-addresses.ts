import { addToIp, familyOf, type Ip, type IpFamily, lastAddress, type Prefix } from '@podpath/net';

/**
 * Hands out a prefix's addresses as the host-local IPAM plugin does: in order from the second usable
 * one (the first is the gateway), never the last of an IPv4 prefix.
 */
export class AddressPool {
  readonly #taken: ReadonlySet<Ip>;
  readonly #last: Ip;
  #next: Ip;

  constructor({ address, length }: Prefix, taken: ReadonlySet<Ip>) {
    this.#taken = taken;
    this.#next = addToIp(address, 2);
    this.#last =
      typeof address === 'number'
        ? lastAddress({ address, length }) - 1
        : lastAddress({ address, length });
  }

  /** The next free address, or `undefined` when the prefix is used up. */
  next(): Ip | undefined {
    while (this.#next <= this.#last && this.#taken.has(this.#next)) {
      this.#next = addToIp(this.#next, 1);
    }
    if (this.#next > this.#last) return undefined;
    const address = this.#next;
    this.#next = addToIp(address, 1);
    return address;
  }
}

/** Pools of every node and family, made when first asked for. */
export class PodAddresses {
  readonly #cidrs: readonly ReadonlyMap<string, Prefix>[];
  readonly #taken: ReadonlySet<Ip>;
  readonly #pools = new Map<string, AddressPool[]>();

  /** `cidrs` has each family's CIDRs by node, the primary family first. */
  constructor(cidrs: readonly ReadonlyMap<string, Prefix>[], taken: ReadonlySet<Ip>) {
    this.#cidrs = cidrs;
    this.#taken = taken;
  }

  /** An address of each family for a pod on this node; fewer when a pool is used up. */
  draw(node: string): Ip[] {
    let pools = this.#pools.get(node);
    if (pools === undefined) {
      pools = this.#cidrs.flatMap((byNode) => {
        const cidr = byNode.get(node);
        return cidr === undefined ? [] : [new AddressPool(cidr, this.#taken)];
      });
      this.#pools.set(node, pools);
    }
    return pools.map((pool) => pool.next()).filter((ip) => ip !== undefined);
  }
}

/** The families of addresses, in order of appearance. */
export const familiesOf = (addresses: Iterable<Ip>): IpFamily[] => {
  const families = new Set<IpFamily>();
  for (const address of addresses) {
    families.add(familyOf(address));
    if (families.size === 2) break;
  }
  return [...families];
};
