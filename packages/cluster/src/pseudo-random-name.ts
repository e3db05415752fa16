/** The letters and digits that Kubernetes draws generated names from: no vowels, so no words. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** FNV-1a over UTF-16 code units, unsigned. */
const hashOf = (text: string): number => {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  // FNV's low bits are good, its high bits poor for short texts: mix once more.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
};

/** Five characters as the API server appends to `generateName`; always the same for the same seed. */
export const pseudoRandomSuffix = (seed: string): string => {
  let rest = hashOf(seed);
  let suffix = '';
  for (let count = 0; count < 5; count += 1) {
    suffix += ALPHABET.charAt(rest % ALPHABET.length);
    rest = Math.floor(rest / ALPHABET.length);
  }
  return suffix;
};

/** A hash as controllers write it into `pod-template-hash`: decimal, each digit turned into a letter. */
export const pseudoTemplateHash = (seed: string): string =>
  [...String(hashOf(seed))]
    .map((digit) => ALPHABET.charAt(digit.charCodeAt(0) % ALPHABET.length))
    .join('');

/** Longest prefix of a generated name that keeps room for the suffix within 63 characters. */
const LONGEST_PREFIX = 58;

/** Names as a controller generates them: `prefix` and a suffix, all different, always the same. */
export class NameGenerator {
  readonly #prefix: string;
  readonly #seed: string;
  readonly #taken = new Set<string>();

  /** Names with the same seed and prefix are the same. */
  constructor(seed: string, prefix: string) {
    this.#seed = seed;
    this.#prefix = prefix.slice(0, LONGEST_PREFIX);
  }

  next(index: number): string {
    for (let attempt = 0; ; attempt += 1) {
      const suffix = pseudoRandomSuffix(`${this.#seed}/${index}/${attempt}`);
      if (this.#taken.has(suffix)) continue;
      this.#taken.add(suffix);
      return `${this.#prefix}${suffix}`;
    }
  }
}
