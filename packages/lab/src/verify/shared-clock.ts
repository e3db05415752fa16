import type { Network } from '@podpath/linux';

/** Keeps an emulated network's clock as far as a real one's has come since the first flow. */
export class SharedClock {
  readonly #network: Pick<Network, 'nowMs' | 'advance'>;
  #first: number | undefined;

  constructor(network: Pick<Network, 'nowMs' | 'advance'>) {
    this.#network = network;
  }

  /** `startedMs` is on any clock that goes as fast. */
  advanceTo(startedMs: number): void {
    const network = this.#network;
    this.#first ??= startedMs - network.nowMs;
    network.advance(Math.max(0, startedMs - this.#first - network.nowMs));
  }
}
