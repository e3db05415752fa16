import type { Ip, Mac } from '@podpath/net';
import type { Device, SocketBuffer } from '../core.ts';
import type { Timer } from '../simulation/event-queue.ts';

/**
 * What is known of an address on a link. `reachable` turns `stale` with time, which is reckoned when
 * somebody looks: a stale neighbour is used as before, until a question to it would have failed.
 */
export interface Neighbour {
  readonly device: Device;
  readonly address: Ip;
  mac: Mac | undefined;
  state: 'permanent' | 'noarp' | 'reachable' | 'stale' | 'incomplete' | 'failed';
  /** When `reachable` was last confirmed. */
  confirmedMs: number;
  /** When the MAC was last changed: contradictions within a second of it are not believed. */
  updatedMs: number;
  /** When it was first used since it turned stale: five seconds later the kernel would ask again. */
  usedStaleMs: number | undefined;
  /** Whether a packet has been sent to it: from then on the kernel keeps the header ready (`neigh_hh_init`). */
  headerReady: boolean;
  /** Packets that wait for the answer. */
  readonly queue: SocketBuffer[];
  /** When the next question is due, or the last one's time is up. */
  timer: Timer | undefined;
}

/** A namespace's neighbours of both families. */
export class NeighbourTable {
  readonly #byDevice = new Map<Device, Map<Ip, Neighbour>>();
  /** Addresses elsewhere, for which a device answers. */
  readonly #proxied = new Map<Device, Set<Ip>>();

  get(device: Device, address: Ip): Neighbour | undefined {
    return this.#byDevice.get(device)?.get(address);
  }

  /** The entry for an address, made in state `failed` (nothing known) when there is none. */
  obtain(device: Device, address: Ip): Neighbour {
    let ofDevice = this.#byDevice.get(device);
    if (ofDevice === undefined) {
      ofDevice = new Map();
      this.#byDevice.set(device, ofDevice);
    }
    let neighbour = ofDevice.get(address);
    if (neighbour === undefined) {
      neighbour = {
        device,
        address,
        mac: undefined,
        state: 'failed',
        confirmedMs: 0,
        updatedMs: 0,
        usedStaleMs: undefined,
        headerReady: false,
        queue: [],
        timer: undefined,
      };
      ofDevice.set(address, neighbour);
    }
    return neighbour;
  }

  /** Returns what it knew, for the packets that wait there. */
  delete(device: Device, address: Ip): Neighbour | undefined {
    const ofDevice = this.#byDevice.get(device);
    const neighbour = ofDevice?.get(address);
    ofDevice?.delete(address);
    stopAsking(neighbour);
    return neighbour;
  }

  ofDevice(device: Device): readonly Neighbour[] {
    return [...(this.#byDevice.get(device)?.values() ?? [])];
  }

  /** What a device's going down leaves: nothing, not even permanent entries or those for others (`neigh_ifdown`). */
  forget(device: Device): readonly Neighbour[] {
    const forgotten = this.ofDevice(device);
    for (const neighbour of forgotten) stopAsking(neighbour);
    this.#byDevice.delete(device);
    this.#proxied.delete(device);
    return forgotten;
  }

  addProxy(device: Device, address: Ip): void {
    const known = this.#proxied.get(device);
    if (known === undefined) this.#proxied.set(device, new Set([address]));
    else known.add(address);
  }

  /** Returns whether there was such an entry. */
  deleteProxy(device: Device, address: Ip): boolean {
    return this.#proxied.get(device)?.delete(address) === true;
  }

  isProxied(device: Device, address: Ip): boolean {
    return this.#proxied.get(device)?.has(address) === true;
  }

  proxiedBy(device: Device): Iterable<Ip> {
    return this.#proxied.get(device) ?? [];
  }

  *[Symbol.iterator](): IterableIterator<Neighbour> {
    for (const ofDevice of this.#byDevice.values()) yield* ofDevice.values();
  }
}

/** No more questions: there is an answer, or nobody to answer to. */
export function stopAsking(neighbour: Neighbour | undefined): void {
  if (neighbour?.timer === undefined) return;
  neighbour.timer.cancelled = true;
  neighbour.timer = undefined;
}
