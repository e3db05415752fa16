import type { IpFamily } from '@podpath/net';
import type { TrafficMatch } from '../model.ts';
import type { Tables } from './tables.ts';
import {
  classMatches,
  type NamedPort,
  type Split,
  type TrafficClasses,
} from './traffic-classes.ts';
import type { ServedPort } from './world.ts';

/** A set of classes of traffic, one bit a class. */
export type Bits = Uint32Array;

/** The sets of traffic that cells point at, each once, in the tables and here. */
export class TrafficSets {
  readonly #tables: Tables;
  readonly #classes: TrafficClasses;
  readonly #bits: Bits[] = [];
  #known = new Map<string, number>();
  #room = 0;
  /** Words of the tables. */
  #size = 0;

  constructor(tables: Tables, classes: TrafficClasses) {
    this.#tables = tables;
    this.#classes = classes;
  }

  get size(): number {
    return this.#bits.length;
  }

  none(): Bits {
    return noBits(this.#classes);
  }

  all(): Bits {
    const bits = this.none();
    for (let id = 0; id < this.#classes.classes.length; id++) setBit(bits, id);
    return bits;
  }

  /** The number under which cells have this set. */
  numberOf(bits: Bits): number {
    const key = bits.join();
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const id = this.#bits.push(bits.slice()) - 1;
    this.#known.set(key, id);
    if (id >= this.#room) this.#layOut();
    else this.#write(id);
    return id;
  }

  /** The classes of the set of a number. Not to be written to. */
  bitsOf(id: number): Bits {
    return this.#bits[id] ?? this.none();
  }

  /** For each set, whether a class is in it: 1 or 0. */
  passing(trafficClass: number): Uint8Array {
    return Uint8Array.from(this.#bits, (bits) => (hasBit(bits, trafficClass) ? 1 : 0));
  }

  /** After classes were split: whatever a set said of a class it says of the one split off. */
  split(pairs: readonly Split[]): void {
    if (pairs.length === 0) return;
    const words = this.none().length;
    this.#known = new Map();
    for (const [id, before] of this.#bits.entries()) {
      const bits = new Uint32Array(words);
      bits.set(before);
      for (const [from, to] of pairs) if (hasBit(bits, from)) setBit(bits, to);
      this.#bits[id] = bits;
      this.#known.set(bits.join(), id);
    }
    this.#layOut();
  }

  /** Room for twice as many sets, and every class there is. */
  #layOut(): void {
    if (this.#bits.length > this.#room) this.#room = Math.max(64, 2 * this.#room);
    const setWords = this.#room / 32;
    const before = { start: this.#tables.head('sets'), size: this.#size };
    this.#size = setWords * this.#classes.classes.length;
    const start = this.#tables.allocate(this.#size);
    this.#tables.setHead('setWords', setWords);
    this.#tables.setHead('sets', start);
    if (before.size > 0) this.#tables.release(before.start, before.size);
    for (let id = 0; id < this.#bits.length; id++) this.#write(id);
  }

  #write(id: number): void {
    const { words } = this.#tables;
    const bits = this.#bits[id] ?? this.none();
    const start = this.#tables.head('sets') + (id >>> 5);
    const setWords = this.#tables.head('setWords');
    for (let each = 0; each < this.#classes.classes.length; each++) {
      if (!hasBit(bits, each)) continue;
      const at = start + each * setWords;
      words[at] = (words[at] ?? 0) | (1 << (id & 31));
    }
  }
}

const noBits = ({ classes }: TrafficClasses): Bits =>
  new Uint32Array(Math.ceil(classes.length / 32));

const setBit = (bits: Bits, id: number): void => {
  bits[id >>> 5] = (bits[id >>> 5] ?? 0) | (1 << (id & 31));
};

const hasBit = (bits: Bits, id: number): boolean =>
  (((bits[id >>> 5] ?? 0) >>> (id & 31)) & 1) === 1;

/** What rules ask of traffic, each once. */
export interface CompiledTraffic {
  readonly id: number;
  readonly matches: 'any' | readonly TrafficMatch[];
  readonly namesSource: boolean;
  readonly namesDestination: boolean;
}

/** Ports whose names some rule uses, and a number for that list; 0 for none. */
export interface PortList {
  readonly ports: readonly NamedPort[];
  readonly portList: number;
}

/** Which classes of traffic rules ask for. */
export class RuleTraffic {
  readonly #classes: TrafficClasses;
  readonly #known = new Map<string, CompiledTraffic>();
  readonly #bits = new Map<string, Bits>();

  constructor(classes: TrafficClasses) {
    this.#classes = classes;
  }

  get size(): number {
    return this.#known.size;
  }

  /** All that rules ask of traffic, in the order of their numbers. */
  get all(): Iterable<CompiledTraffic> {
    return this.#known.values();
  }

  of(matches: 'any' | readonly TrafficMatch[]): CompiledTraffic {
    const key = JSON.stringify(matches);
    let known = this.#known.get(key);
    if (known === undefined) {
      const list = matches === 'any' ? [] : matches;
      const named = (ports: TrafficMatch['ports']) =>
        ports?.some((port) => 'name' in port) === true;
      known = {
        id: this.#known.size,
        matches,
        namesSource: list.some((one) => named(one.sourcePorts) || named(one.notSourcePorts)),
        namesDestination: list.some((one) => named(one.ports) || named(one.notPorts)),
      };
      this.#known.set(key, known);
    }
    return known;
  }

  /** Between ends that declare such ports. */
  bits(
    { id, matches, namesSource, namesDestination }: CompiledTraffic,
    family: IpFamily,
    source: PortList,
    destination: PortList,
  ): Bits {
    const key = `${id}/${family}/${namesSource ? source.portList : 0}/${namesDestination ? destination.portList : 0}`;
    let bits = this.#bits.get(key);
    if (bits === undefined) {
      bits = noBits(this.#classes);
      for (const [each, representative] of this.#classes.classes.entries()) {
        if (
          matches === 'any' ||
          matches.some((match) =>
            classMatches(match, representative, family, source.ports, destination.ports),
          )
        ) {
          setBit(bits, each);
        }
      }
      this.#bits.set(key, bits);
    }
    return bits;
  }

  /** What a Service sends to an address. */
  served(service: string, served: readonly ServedPort[]): Bits {
    const bits = noBits(this.#classes);
    for (const [each, { protocol, port }] of this.#classes.classes.entries()) {
      const fits = served.some(
        (one) =>
          one.service === service &&
          one.protocol === protocol &&
          (one.port === undefined || one.port === port),
      );
      if (fits) setBit(bits, each);
    }
    return bits;
  }

  /** After classes were split. */
  forget(): void {
    this.#bits.clear();
  }
}
