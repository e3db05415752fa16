import type { Random } from '../../simulation/random.ts';
import type { WireguardKey } from '../../wireguard-commands.ts';

/**
 * The sessions of all WireGuard devices of a network. Handshakes are taken as done: two that know each other's keys
 * have a session from the beginning, and it never ends.
 */
export class Handshakes {
  readonly #random: Random;
  readonly #indices = new Map<string, number>();
  readonly #sessions = new Map<number, { receiver: WireguardKey; sender: WireguardKey }>();

  constructor(random: Random) {
    this.#random = random;
  }

  /** The number under which a receiver knows its session with a sender. */
  indexFor(receiver: WireguardKey, sender: WireguardKey): number {
    const key = `${receiver} ${sender}`;
    const known = this.#indices.get(key);
    if (known !== undefined) return known;
    let index = this.#random.next32();
    while (this.#sessions.has(index)) index = this.#random.next32();
    this.#indices.set(key, index);
    this.#sessions.set(index, { receiver, sender });
    return index;
  }

  /** Whose session with this receiver has the number. */
  senderAt(index: number, receiver: WireguardKey): WireguardKey | undefined {
    const session = this.#sessions.get(index);
    return session?.receiver === receiver ? session.sender : undefined;
  }
}
