import type { Ip } from '@podpath/net';

/** As many addresses as a list remembers (module parameter ip_list_tot). */
const MOST_ADDRESSES = 100;
const LEAST_STAMPS = 32;

/** When an address was seen, in a ring that overwrites the oldest. */
interface RecentEntry {
  readonly address: Ip;
  ttl: number;
  readonly stampsMs: number[];
  /** Where the next one goes, counted up. */
  next: number;
}

/** One `-m recent` list: the address that was noted longest ago comes first. */
export class RecentList {
  users = 0;
  readonly #mask: Ip | undefined;
  readonly #entries = new Map<Ip, RecentEntry>();
  #stamps = 0;

  constructor(mask: Ip | undefined) {
    this.#mask = mask;
  }

  /** A rule that counts higher than the list can makes it start anew with more room. */
  makeRoomFor(hitCount: number): void {
    const stamps = hitCount === 0 ? LEAST_STAMPS : 2 ** Math.ceil(Math.log2(hitCount));
    if (stamps <= this.#stamps) return;
    this.#entries.clear();
    this.#stamps = stamps;
  }

  masked(address: Ip): Ip {
    const mask = this.#mask;
    if (typeof address === 'number') {
      return typeof mask === 'number' ? (address & mask) >>> 0 : address;
    }
    return typeof mask === 'bigint' ? address & mask : address;
  }

  /** With a TTL other than 0, only if it is the one that was noted. */
  find(address: Ip, ttl: number): RecentEntry | undefined {
    const entry = this.#entries.get(address);
    return entry === undefined || ttl === 0 || ttl === entry.ttl ? entry : undefined;
  }

  note(address: Ip, ttl: number, nowMs: number): void {
    const entry = this.#entries.get(address);
    if (entry === undefined) {
      if (this.#entries.size >= MOST_ADDRESSES) this.#forgetOldest();
      this.#entries.set(address, { address, ttl, stampsMs: [nowMs], next: 1 });
      return;
    }
    entry.stampsMs[entry.next % this.#stamps] = nowMs;
    entry.next++;
    entry.ttl = ttl;
    this.#entries.delete(address);
    this.#entries.set(address, entry);
  }

  forget(address: Ip): boolean {
    return this.#entries.delete(address);
  }

  /** How often since then. */
  seen({ stampsMs }: RecentEntry, sinceMs: number): number {
    let times = 0;
    for (let at = 0; at < stampsMs.length; at++) if ((stampsMs[at] ?? 0) >= sinceMs) times++;
    return times;
  }

  /** Forgets the address that was noted longest ago, unless that was since then, or it is the one to keep. */
  reap(sinceMs: number, keep: RecentEntry | undefined): void {
    const [oldest] = this.#entries.values();
    if (oldest === undefined || oldest === keep) return;
    const latestMs = oldest.stampsMs[(oldest.next - 1) % this.#stamps] ?? 0;
    if (latestMs < sinceMs) this.#entries.delete(oldest.address);
  }

  #forgetOldest(): void {
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }
}
