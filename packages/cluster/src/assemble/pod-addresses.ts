import { addToIp, familyOf, type Ip, type IpFamily, type Prefix } from '@podpath/net';
import { sizeOf } from './prefix-size.ts';

/**
 * Hands out a prefix's addresses as the host-local IPAM plugin does: in order from the second usable
 * one (the first is the gateway), never the last of an IPv4 prefix.
 */
export class AddressPool {
  readonly #prefix: Prefix;
  readonly #taken: ReadonlySet<Ip>;
  readonly #end: number;
  #offset = 2;

  constructor(prefix: Prefix, taken: ReadonlySet<Ip>) {
    this.#prefix = prefix;
    this.#taken = taken;
    this.#end = sizeOf(prefix) - (familyOf(prefix.address) === 4 ? 1 : 0);
  }

  /** The next free address, or `undefined` when the prefix is used up. */
  next(): Ip | undefined {
    while (this.#offset < this.#end) {
      const address = addToIp(this.#prefix.address, this.#offset);
      this.#offset += 1;
      if (!this.#taken.has(address)) return address;
    }
    return undefined;
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
