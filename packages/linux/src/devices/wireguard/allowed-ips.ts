import type { Ip, Prefix } from '@podpath/net';
import { PrefixLists } from '../../routing/prefix-lists.ts';

/** Which peer has which addresses: the longest prefix decides, and each prefix is one peer's alone (drivers/net/wireguard/allowedips.c). */
export class AllowedIps<Peer extends { readonly allowedIps: Prefix[] }> {
  readonly #ipv4 = PrefixLists.ipv4<Peer>();
  readonly #ipv6 = PrefixLists.ipv6<Peer>();

  peerOf(address: Ip): Peer | undefined {
    const list =
      typeof address === 'number' ? this.#ipv4.covering(address) : this.#ipv6.covering(address);
    return list?.values[0];
  }

  /** Takes the prefix from whoever has it. */
  give(prefix: Prefix, peer: Peer): void {
    this.#take(prefix);
    peer.allowedIps.push(prefix);
    const { address, length } = prefix;
    if (typeof address === 'number') this.#ipv4.insert(address, length, peer, 0);
    else this.#ipv6.insert(address, length, peer, 0);
  }

  takeAll(peer: Peer): void {
    for (const prefix of [...peer.allowedIps]) this.#take(prefix);
  }

  #take({ address, length }: Prefix): void {
    const [owner] =
      typeof address === 'number' ? this.#ipv4.at(address, length) : this.#ipv6.at(address, length);
    if (owner === undefined) return;
    const index = owner.allowedIps.findIndex(
      (other) => other.address === address && other.length === length,
    );
    owner.allowedIps.splice(index, 1);
    if (typeof address === 'number') this.#ipv4.remove(address, length, owner);
    else this.#ipv6.remove(address, length, owner);
  }
}
