import type { Ip } from '@podpath/net';

/** Whose an address is, by the numbers of ends. Where several have it, the last of the world's order; found when first asked. */
export class AddressOwners {
  readonly #list: () => Iterable<readonly [Ip, number]>;
  readonly #contested = new Set<Ip>();
  #owners: Map<Ip, number> | undefined;

  constructor(list: () => Iterable<readonly [Ip, number]>) {
    this.#list = list;
  }

  of(address: Ip): number | undefined {
    if (this.#owners === undefined) {
      this.#owners = new Map();
      for (const [each, end] of this.#list()) {
        if (this.#owners.has(each)) this.#contested.add(each);
        this.#owners.set(each, end);
      }
    }
    return this.#owners.get(address);
  }

  add(address: Ip, end: number): void {
    if (this.#owners === undefined) return;
    // Who comes last in the world's order is found by looking again.
    if (this.#owners.has(address)) this.#owners = undefined;
    else this.#owners.set(address, end);
  }

  remove(address: Ip, end: number): void {
    if (this.#contested.has(address)) this.#owners = undefined;
    else if (this.#owners?.get(address) === end) this.#owners.delete(address);
  }
}
