import type { Mac } from '@podpath/net';

const SWEEP_MS = 600_000;

/**
 * Where in a bridge in user space MAC addresses are. An address is learned once and stays put; each
 * sweep forgets those that were not learned since the last one, so that they live 10 to 20 minutes.
 */
export class PortTable<Port> {
  readonly #ports = new Map<Mac, Port>();
  readonly #learned = new Set<Mac>();
  #sweepMs = SWEEP_MS;

  get(mac: Mac, nowMs: number): Port | undefined {
    this.#sweep(nowMs);
    return this.#ports.get(mac);
  }

  learn(mac: Mac, port: Port, nowMs: number): void {
    this.#sweep(nowMs);
    if (this.#ports.has(mac)) return;
    this.#ports.set(mac, port);
    this.#learned.add(mac);
  }

  #sweep(nowMs: number): void {
    for (; this.#sweepMs <= nowMs; this.#sweepMs += SWEEP_MS) {
      for (const mac of this.#ports.keys()) if (!this.#learned.has(mac)) this.#ports.delete(mac);
      this.#learned.clear();
      if (this.#ports.size === 0)
        this.#sweepMs += SWEEP_MS * Math.floor((nowMs - this.#sweepMs) / SWEEP_MS);
    }
  }
}
