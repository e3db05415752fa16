import { Ipv6Level } from './ipv6-level.ts';
import type { Ipv6Store, Ipv6Words } from './ipv6-store.ts';
import { addLevel, levelOf, removeLevel } from './levels.ts';
import { NONE } from './no-match.ts';

/**
 * IPv6 prefixes, a hash table for each length. A look-up asks one after the other, the longest first: at most one probe per
 * length in the table (129 at the worst), whatever the number of prefixes. 40 to 160 bytes a prefix.
 */
export class Ipv6Levels implements Ipv6Store {
  /** From the longest to the shortest, none of them empty. */
  readonly #levels: Ipv6Level[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get memoryBytes(): number {
    return this.#levels.reduce((sum, level) => sum + level.memoryBytes, 0);
  }

  insert(key: Ipv6Words, length: number, value: number): number {
    const level = levelOf(this.#levels, length) ?? addLevel(this.#levels, new Ipv6Level(length));
    const before = level.set(key[0] ?? 0, key[1] ?? 0, key[2] ?? 0, key[3] ?? 0, value);
    if (before === NONE) this.#size++;
    return before;
  }

  delete(key: Ipv6Words, length: number): number {
    const level = levelOf(this.#levels, length);
    if (level === undefined) return NONE;
    const before = level.delete(key[0] ?? 0, key[1] ?? 0, key[2] ?? 0, key[3] ?? 0);
    if (before !== NONE) this.#size--;
    if (level.size === 0) removeLevel(this.#levels, level);
    return before;
  }

  get(key: Ipv6Words, length: number): number {
    const level = levelOf(this.#levels, length);
    return level?.find(key[0] ?? 0, key[1] ?? 0, key[2] ?? 0, key[3] ?? 0) ?? NONE;
  }

  lookup(w0: number, w1: number, w2: number, w3: number): number {
    const levels = this.#levels;
    for (let at = 0; at < levels.length; at++) {
      const value = levels[at]?.find(w0, w1, w2, w3) ?? NONE;
      if (value !== NONE) return value;
    }
    return NONE;
  }

  *entries(): IterableIterator<readonly [key: Ipv6Words, length: number, value: number]> {
    const all = this.#levels.flatMap((level) =>
      [...level.keys()].map((key) => [key, level.length] as const),
    );
    all.sort(([a, first], [b, second]) => compareKeys(a, b) || first - second);
    for (const [key, length] of all) yield [key, length, this.get(key, length)];
  }

  clone(): Ipv6Levels {
    const copy = new Ipv6Levels();
    copy.#levels.push(...this.#levels.map((level) => level.clone()));
    copy.#size = this.#size;
    return copy;
  }
}

const compareKeys = (a: Ipv6Words, b: Ipv6Words): number => {
  for (let word = 0; word < 4; word++) {
    const difference = ((a[word] ?? 0) >>> 0) - ((b[word] ?? 0) >>> 0);
    if (difference !== 0) return difference;
  }
  return 0;
};
