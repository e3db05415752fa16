import type { Mac } from '@podpath/net';
import type { PeerName } from '../peer-name.ts';

const MAC_MAX_AGE_MS = 600_000;

/**
 * At which peer a MAC address is (weave, router/mac_cache.go). Entries age; that they were seen is only
 * noted when a tenth of the age has passed.
 */
export class MacCache {
  readonly #maxAgeMs: number;
  readonly #entries = new Map<Mac, { peer: PeerName; seenMs: number }>();
  #sweptMs = 0;

  constructor(maxAgeMs = MAC_MAX_AGE_MS) {
    this.#maxAgeMs = maxAgeMs;
  }

  lookup(mac: Mac): PeerName | undefined {
    return this.#entries.get(mac)?.peer;
  }

  /** Seen on this peer's own side. When another peer has it, that one is returned and keeps it. */
  add(mac: Mac, peer: PeerName, nowMs: number): PeerName | undefined {
    const entry = this.#entries.get(mac);
    if (entry !== undefined && entry.peer !== peer) return entry.peer;
    this.#see(mac, peer, nowMs);
    return undefined;
  }

  /** Heard of by the overlay: whoever said so last has it. */
  force(mac: Mac, peer: PeerName, nowMs: number): void {
    this.#see(mac, peer, nowMs);
  }

  /** Forgets what was not seen for too long, unless that was done within a tenth of the age. */
  sweep(nowMs: number): void {
    if (nowMs - this.#sweptMs < this.#maxAgeMs / 10) return;
    this.#sweptMs = nowMs;
    this.expire(nowMs);
  }

  /** Forgets what was not seen for too long; returns it. */
  expire(nowMs: number): Mac[] {
    const gone: Mac[] = [];
    for (const [mac, { seenMs }] of this.#entries) {
      if (nowMs - seenMs > this.#maxAgeMs) gone.push(mac);
    }
    for (const mac of gone) this.#entries.delete(mac);
    return gone;
  }

  #see(mac: Mac, peer: PeerName, nowMs: number): void {
    const entry = this.#entries.get(mac);
    if (entry === undefined) {
      this.#entries.set(mac, { peer, seenMs: nowMs });
      return;
    }
    entry.peer = peer;
    if (nowMs - entry.seenMs > this.#maxAgeMs / 10) entry.seenMs = nowMs;
  }
}
