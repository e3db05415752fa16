import { Ipv4Table, Ipv6Table, NO_MATCH } from '@podpath/lpm';
import {
  familyOf,
  type Ip,
  type IpFamily,
  type Prefix,
  prefixContains,
  prefixOf,
} from '@podpath/net';

/** Addresses that have the same longest prefix among those that rules and sets name. */
export interface AddressClass {
  readonly id: number;
  readonly family: IpFamily;
  /** Absent: everything of the family that no prefix covers. */
  readonly prefix?: Prefix;
  /** Ids of the classes whose prefixes cover this one's, its own included. */
  readonly covers: ReadonlySet<number>;
}

type MutableClass = { -readonly [Key in keyof AddressClass]: AddressClass[Key] };

/** Which class an address is in, by longest prefix match. Classes are only ever added. */
export class AddressSpace {
  readonly classes: MutableClass[] = [];
  readonly #ids = new Map<string, number>();
  readonly #ipv4 = new Ipv4Table();
  readonly #ipv6 = new Ipv6Table();

  constructor() {
    for (const family of [4, 6] as const) {
      const id = this.classes.length;
      this.classes.push({ id, family, covers: new Set([id]) });
    }
  }

  /** The class of a prefix that was added; `undefined` for others. */
  idOf(prefix: Prefix): number | undefined {
    return this.#ids.get(keyOf(prefix));
  }

  /** The class of an address. */
  classAt(address: Ip): AddressClass {
    const found =
      typeof address === 'number' ? this.#ipv4.lookup(address) : this.#ipv6.lookup(address);
    const root = typeof address === 'number' ? 0 : 1;
    return this.#at(found === NO_MATCH ? root : found);
  }

  /** Adds what is not there yet; true when something was added. */
  add({ address, length }: Prefix): boolean {
    const prefix = prefixOf(address, length);
    const key = keyOf(prefix);
    if (this.#ids.has(key)) return false;
    const id = this.classes.length;
    const family = familyOf(prefix.address);
    const around = this.classes.filter(
      (each) =>
        each.family === family && (each.prefix === undefined || covers(each.prefix, prefix)),
    );
    for (const each of this.classes) {
      if (each.prefix !== undefined && covers(prefix, each.prefix)) {
        each.covers = new Set([...each.covers, id]);
      }
    }
    this.classes.push({
      id,
      family,
      prefix,
      covers: new Set([...around.map((one) => one.id), id]),
    });
    this.#ids.set(key, id);
    if (typeof prefix.address === 'number') this.#ipv4.insert(prefix.address, prefix.length, id);
    else this.#ipv6.insert(prefix.address, prefix.length, id);
    return true;
  }

  #at(id: number): AddressClass {
    const found = this.classes[id];
    if (found === undefined) throw new RangeError(`there is no address class ${id}`);
    return found;
  }
}

const keyOf = ({ address, length }: Prefix): string => `${familyOf(address)}:${address}/${length}`;

const covers = (outer: Prefix, inner: Prefix): boolean =>
  outer.length < inner.length && prefixContains(outer, inner.address);
