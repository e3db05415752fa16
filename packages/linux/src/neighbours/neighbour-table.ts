import type { Ip, Mac } from '@podpath/net';
import type { Device, SocketBuffer } from '../core.ts';

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
  /** Packets that wait for the answer. */
  readonly queue: SocketBuffer[];
  /** Counts resolutions, so that a timer of an earlier one knows that it is late. */
  attempt: number;
}

/** A namespace's neighbours of both families. */
export class NeighbourTable {
  readonly #byDevice = new Map<Device, Map<Ip, Neighbour>>();

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
        queue: [],
        attempt: 0,
      };
      ofDevice.set(address, neighbour);
    }
    return neighbour;
  }

  delete(device: Device, address: Ip): boolean {
    return this.#byDevice.get(device)?.delete(address) ?? false;
  }

  ofDevice(device: Device): readonly Neighbour[] {
    return [...(this.#byDevice.get(device)?.values() ?? [])];
  }

  /** What a device's going down leaves: nothing, not even permanent entries (`neigh_ifdown`). */
  forget(device: Device): readonly Neighbour[] {
    const forgotten = this.ofDevice(device);
    this.#byDevice.delete(device);
    return forgotten;
  }

  *[Symbol.iterator](): IterableIterator<Neighbour> {
    for (const ofDevice of this.#byDevice.values()) yield* ofDevice.values();
  }
}
