import type { Ip, Mac } from '@podpath/net';
import type { FdbLife } from '../commands.ts';

/** Frames to addresses that have no entry of their own go by the entry of this one. */
const DEFAULT_MAC: Mac = 0;

/** Where a VXLAN device sends frames for a MAC address. */
export interface VxlanFdbEntry {
  readonly mac: Mac;
  readonly remotes: Ip[];
  life: FdbLife;
  updatedMs: number;
}

/** Forwarding entries of a VXLAN device (drivers/net/vxlan/vxlan_core.c). */
export class VxlanFdb {
  readonly #entries = new Map<Mac, VxlanFdbEntry>();
  readonly #ageingMs: number;

  constructor(ageingMs: number) {
    this.#ageingMs = ageingMs;
  }

  get(mac: Mac, nowMs: number): VxlanFdbEntry | undefined {
    const entry = this.#entries.get(mac);
    if (entry === undefined || entry.life !== 'dynamic') return entry;
    if (nowMs - entry.updatedMs < this.#ageingMs) return entry;
    this.#entries.delete(mac);
    return undefined;
  }

  /** Remotes of the address, or of the default entry. */
  remotesFor(mac: Mac, nowMs: number): readonly Ip[] {
    return (this.get(mac, nowMs) ?? this.get(DEFAULT_MAC, nowMs))?.remotes ?? [];
  }

  set(entry: VxlanFdbEntry): void {
    this.#entries.set(entry.mac, entry);
  }

  delete(mac: Mac): void {
    this.#entries.delete(mac);
  }

  *entries(nowMs: number): IterableIterator<VxlanFdbEntry> {
    for (const mac of this.#entries.keys()) {
      const entry = this.get(mac, nowMs);
      if (entry !== undefined) yield entry;
    }
  }
}
