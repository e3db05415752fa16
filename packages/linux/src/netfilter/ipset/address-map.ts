import type { Ip, Prefix } from '@podpath/net';
import { PrefixMap } from './prefix-map.ts';

/** Values by address or by prefix. */
export interface AddressMap<T> {
  readonly size: number;
  get(prefix: Prefix): T | undefined;
  set(prefix: Prefix, value: T): void;
  delete(prefix: Prefix): void;
  /** What there is for an address; `words` are the address's, for IPv6. Allocates nothing. */
  lookup(address: Ip, words: Uint32Array): T | undefined;
  values(): Iterable<T>;
}

/** Values by whole addresses. */
class ExactMap<T> implements AddressMap<T> {
  readonly #values = new Map<Ip, T>();

  get size(): number {
    return this.#values.size;
  }

  get({ address }: Prefix): T | undefined {
    return this.#values.get(address);
  }

  set({ address }: Prefix, value: T): void {
    this.#values.set(address, value);
  }

  delete({ address }: Prefix): void {
    this.#values.delete(address);
  }

  lookup(address: Ip): T | undefined {
    return this.#values.get(address);
  }

  values(): Iterable<T> {
    return this.#values.values();
  }
}

/** Whether a dimension of a set has addresses or prefixes. */
export type AddressKind = 'ip' | 'net';

export const newAddressMap = <T>(kind: AddressKind): AddressMap<T> =>
  kind === 'ip' ? new ExactMap<T>() : new PrefixMap<T>();
