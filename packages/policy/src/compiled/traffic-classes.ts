import type { IpFamily } from '@podpath/net';
import type { IcmpMatch, PortMatch, TrafficMatch } from '../model.ts';
import { NUMBER, SIGN } from './tables.ts';

/** A port that something declares by a name. */
export interface NamedPort {
  readonly name: string;
  readonly protocol: number;
  readonly port: number;
}

const WITH_PORTS = [6, 17, 132, 136] as const;
const ICMP = [1, 58] as const;
const PORTS = 0x1_0000;
/** What Linux gives to whoever wants no source port in particular. */
export const SOURCE_PORT = 32_768;

/** What is sent, as far as rules tell it apart; of ICMP, `port` is type × 256 + code. */
export interface TrafficClass {
  readonly protocol: number;
  readonly port: number;
}

/** Ports `first` to `last` of a protocol, by IANA's number; of ICMP, type × 256 + code; 0 to 0 where there are neither. */
export interface TrafficRange {
  readonly protocol: number;
  readonly first: number;
  readonly last: number;
}

/** A class, and the one that was split off from it. */
export type Split = readonly [from: number, to: number];

/**
 * Protocols and ports that no rule tells apart share a class. A class is split when a rule comes that does; the new
 * class then has been treated as the old one was, which is all that others have to copy.
 */
export class TrafficClasses {
  /** By where a protocol's classes begin, and where ports count, the port further. */
  readonly table: Uint16Array;
  /** Where each protocol's begin, with the sign bit where ports count. */
  readonly protocols = new Int32Array(256);
  readonly classes: TrafficClass[] = [];
  readonly #sizes: number[] = [];

  constructor() {
    const spaces = [...WITH_PORTS, ...ICMP];
    this.table = new Uint16Array(spaces.length * PORTS + 256);
    for (const [index, protocol] of spaces.entries()) {
      this.protocols[protocol] = (index * PORTS) | SIGN;
      const id = this.#add({ protocol, port: 0 }, PORTS);
      this.table.fill(id, index * PORTS, (index + 1) * PORTS);
    }
    const rest = this.#add({ protocol: 0, port: 0 }, 256 - spaces.length);
    for (let protocol = 0; protocol < 256; protocol++) {
      const entry = spaces.length * PORTS + protocol;
      this.table[entry] = rest;
      if (hasNumbers(protocol)) continue;
      this.protocols[protocol] = entry;
    }
  }

  /** Tells apart what a rule tells apart. Returns pairs of a class and the one split off from it. */
  tell(match: TrafficMatch): readonly Split[] {
    const { protocol, notProtocol, icmp, notIcmp, ports = [], notPorts = [] } = match;
    const splits: Split[] = [];
    for (const each of [protocol, notProtocol]) {
      if (each !== undefined && each < 256) splits.push(...this.#tellProtocol(each));
    }
    for (const each of [icmp, notIcmp]) {
      if (each !== undefined) splits.push(...this.#tellIcmp(each));
    }
    for (const each of [...ports, ...notPorts]) {
      if (!('first' in each)) continue;
      for (const one of WITH_PORTS) {
        if (protocol === undefined || protocol === one) {
          splits.push(...this.tellPorts(one, each.first, each.last));
        }
      }
    }
    return splits;
  }

  /** Tells ports `first` to `last` from the others of the protocol. */
  tellPorts(protocol: number, first: number, last: number): readonly Split[] {
    if (!hasNumbers(protocol)) return [];
    const base = (this.protocols[protocol] ?? 0) & NUMBER;
    const low = base + Math.max(first, 0);
    return this.#split(base, base + PORTS - 1, low, base + Math.min(last, PORTS - 1), protocol);
  }

  /** What is in each class, in order. */
  ranges(): readonly (readonly TrafficRange[])[] {
    const ranges: TrafficRange[][] = this.classes.map(() => []);
    for (const [protocol, word] of this.protocols.entries()) {
      const base = word & NUMBER;
      const count = word < 0 ? PORTS : 1;
      let first = 0;
      for (let next = 1; next <= count; next++) {
        const id = this.table[base + first] ?? 0;
        if (next < count && this.table[base + next] === id) continue;
        ranges[id]?.push({ protocol, first, last: next - 1 });
        first = next;
      }
    }
    return ranges;
  }

  #tellIcmp({ type, code }: IcmpMatch): readonly Split[] {
    const first = type * 256 + (code ?? 0);
    const last = type * 256 + (code ?? 255);
    return ICMP.flatMap((protocol) => this.tellPorts(protocol, first, last));
  }

  #tellProtocol(protocol: number): readonly Split[] {
    if (hasNumbers(protocol)) return [];
    const entry = this.protocols[protocol] ?? 0;
    return this.#split(this.table.length - 256, this.table.length - 1, entry, entry, protocol);
  }

  /** Parts the classes of entries `start` to `end` by whether they are within `low` to `high`. */
  #split(
    start: number,
    end: number,
    low: number,
    high: number,
    protocol: number,
  ): readonly Split[] {
    const inside = new Map<number, number>();
    for (let entry = low; entry <= high; entry++) {
      const id = this.table[entry] ?? 0;
      inside.set(id, (inside.get(id) ?? 0) + 1);
    }
    const made = new Map<number, number>();
    for (const [id, count] of inside) {
      const size = this.#sizes[id] ?? 0;
      if (count === size) continue;
      made.set(id, this.#add({ protocol, port: 0 }, count));
      this.#sizes[id] = size - count;
    }
    if (made.size === 0) return [];
    for (let entry = low; entry <= high; entry++) {
      const id = made.get(this.table[entry] ?? 0);
      if (id !== undefined) this.table[entry] = id;
    }
    for (const id of [...made.keys(), ...made.values()]) this.#represent(id, start, end);
    return [...made];
  }

  /** Finds a protocol and port that stand for the class. */
  #represent(id: number, start: number, end: number): void {
    const entry = this.table.subarray(start, end + 1).indexOf(id);
    const single = start === this.table.length - 256;
    const { protocol = 0 } = this.classes[id] ?? {};
    if (!single) {
      this.classes[id] = { protocol, port: entry };
      return;
    }
    let free = 0;
    while (hasNumbers(free) || this.table[start + free] !== id) free++;
    this.classes[id] = { protocol: free, port: 0 };
  }

  #add(representative: TrafficClass, size: number): number {
    if (this.classes.length > 0xffff) throw new RangeError('more than 65,536 classes of traffic');
    this.#sizes.push(size);
    return this.classes.push(representative) - 1;
  }
}

export const isIcmpNumber = (protocol: number): boolean => protocol === 1 || protocol === 58;
export const hasPortNumbers = (protocol: number): boolean =>
  WITH_PORTS.some((each) => each === protocol);
const hasNumbers = (protocol: number): boolean =>
  isIcmpNumber(protocol) || hasPortNumbers(protocol);

/** Whether what stands for a class is what a rule asks for, between ends that declare such ports. */
export const classMatches = (
  match: TrafficMatch,
  { protocol, port }: TrafficClass,
  family: IpFamily,
  source: readonly NamedPort[],
  destination: readonly NamedPort[],
): boolean => {
  if (match.family !== undefined && match.family !== family) return false;
  if (match.protocol !== undefined && match.protocol !== protocol) return false;
  if (match.notProtocol === protocol) return false;
  const isMessage = ({ type, code }: IcmpMatch): boolean =>
    isIcmpNumber(protocol) && port >> 8 === type && (code === undefined || (port & 255) === code);
  if (match.icmp !== undefined && !isMessage(match.icmp)) return false;
  if (match.notIcmp !== undefined && isMessage(match.notIcmp)) return false;
  const among = (ports: readonly PortMatch[], number: number, names: readonly NamedPort[]) =>
    hasPortNumbers(protocol) &&
    ports.some((each) =>
      'first' in each
        ? each.first <= number && number <= each.last
        : (each.protocol ?? protocol) === protocol &&
          names.some(
            (named) =>
              named.name === each.name && named.protocol === protocol && named.port === number,
          ),
    );
  const { sourcePorts, notSourcePorts, ports, notPorts } = match;
  return (
    (sourcePorts === undefined || among(sourcePorts, SOURCE_PORT, source)) &&
    (notSourcePorts === undefined || !among(notSourcePorts, SOURCE_PORT, source)) &&
    (ports === undefined || among(ports, port, destination)) &&
    (notPorts === undefined || !among(notPorts, port, destination))
  );
};
