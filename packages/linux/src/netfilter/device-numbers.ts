interface Known {
  readonly name: string;
  readonly number: number;
  /** Bits of the beginnings that it has. */
  starts: number;
}

/** As many beginnings as have bits in a word. */
const MOST_STARTS = 31;

/** Numbers for names of devices, so that rules compare numbers. The same name has the same number for good. */
export class DeviceNumbers {
  readonly #known = new Map<string, Known>();
  readonly #starts: string[] = [];

  numberOf(name: string): number {
    return this.#get(name).number;
  }

  /** The bits of all beginnings asked for that the name has. */
  startsOf(name: string): number {
    return this.#get(name).starts;
  }

  /** The bit of a beginning of names, as rules write with a `+`; `undefined` when there are too many. */
  bitOfStart(start: string): number | undefined {
    let at = this.#starts.indexOf(start);
    if (at < 0) {
      if (this.#starts.length === MOST_STARTS) return undefined;
      at = this.#starts.push(start) - 1;
      for (const known of this.#known.values()) known.starts = this.#readStarts(known.name);
    }
    return 1 << at;
  }

  /** Counts up when names may have got other bits. */
  get generation(): number {
    return this.#starts.length;
  }

  #get(name: string): Known {
    let known = this.#known.get(name);
    if (known === undefined) {
      known = { name, number: this.#known.size + 1, starts: this.#readStarts(name) };
      this.#known.set(name, known);
    }
    return known;
  }

  #readStarts(name: string): number {
    return this.#starts.reduce(
      (bits, start, at) => bits | (name.startsWith(start) ? 1 << at : 0),
      0,
    );
  }
}
