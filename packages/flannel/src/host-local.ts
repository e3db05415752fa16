import { addToIp, type Ip, lastAddress, type Prefix, prefixContains } from '@podpath/net';

/** The address of `cni0`: host-local keeps the first address of its range for the gateway. */
export const gatewayOf = (subnet: Prefix): Ip => addToIp(subnet.address, 1);

/**
 * Hands out a node's addresses in host-local's order, upwards from the one after the gateway. The network's own
 * address, the gateway and the IPv4 broadcast address are never given. Source: containernetworking plugins/ipam/host-local.
 */
export class HostLocalRange {
  readonly #subnet: Prefix;
  readonly #last: Ip;
  readonly #taken = new Set<Ip>();
  #next: Ip;

  constructor(subnet: Prefix) {
    this.#subnet = subnet;
    this.#last =
      typeof subnet.address === 'number' ? addToIp(lastAddress(subnet), -1) : lastAddress(subnet);
    this.#next = addToIp(subnet.address, 2);
  }

  /** Reserves an address that a pod has already. False when host-local could not have given it, or has. */
  reserve(address: Ip): boolean {
    const first = addToIp(this.#subnet.address, 2);
    if (!prefixContains(this.#subnet, address) || address < first || address > this.#last) {
      return false;
    }
    if (this.#taken.has(address)) return false;
    this.#taken.add(address);
    return true;
  }

  /** The next free address; `undefined` when there is none. */
  allocate(): Ip | undefined {
    while (this.#next <= this.#last) {
      const address = this.#next;
      this.#next = addToIp(address, 1);
      if (this.#taken.has(address)) continue;
      this.#taken.add(address);
      return address;
    }
    return undefined;
  }
}
