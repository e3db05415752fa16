import type { Mac } from '@podpath/net';
import type { FdbLife } from '../commands.ts';

/** Where a bridge forwards frames for a MAC address. Permanent ones are the bridge's own. */
export interface BridgeFdbEntry<Port> {
  readonly mac: Mac;
  /** Absent: the bridge itself. */
  port: Port | undefined;
  readonly life: FdbLife;
  updatedMs: number;
}

/** What a bridge knows of where hosts are (net/bridge/br_fdb.c). */
export class BridgeFdb<Port> {
  readonly #entries = new Map<Mac, BridgeFdbEntry<Port>>();
  readonly ageingMs: number;

  constructor(ageingMs: number) {
    this.ageingMs = ageingMs;
  }

  get(mac: Mac, nowMs: number): BridgeFdbEntry<Port> | undefined {
    const entry = this.#entries.get(mac);
    if (entry === undefined || entry.life !== 'dynamic') return entry;
    if (nowMs - entry.updatedMs < this.ageingMs) return entry;
    this.#entries.delete(mac);
    return undefined;
  }

  /** A frame from this address came in by the port: a host that has moved is found at the new place. */
  learn(mac: Mac, port: Port, nowMs: number): void {
    const entry = this.#entries.get(mac);
    if (entry === undefined) {
      this.set({ mac, port, life: 'dynamic', updatedMs: nowMs });
    } else if (entry.life !== 'permanent') {
      entry.port = port;
      entry.updatedMs = nowMs;
    }
  }

  set(entry: BridgeFdbEntry<Port>): void {
    this.#entries.set(entry.mac, entry);
  }

  delete(mac: Mac): boolean {
    return this.#entries.delete(mac);
  }

  /** What was learned about a port goes when the port does. */
  forgetLearned(port: Port): void {
    for (const [mac, entry] of this.#entries) {
      if (entry.port === port && entry.life === 'dynamic') this.#entries.delete(mac);
    }
  }

  *entries(nowMs: number): IterableIterator<BridgeFdbEntry<Port>> {
    for (const mac of this.#entries.keys()) {
      const entry = this.get(mac, nowMs);
      if (entry !== undefined) yield entry;
    }
  }
}
