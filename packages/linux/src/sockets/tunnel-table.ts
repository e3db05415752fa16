import type { Ip, IpPacket } from '@podpath/net';
import type { Device } from '../core.ts';

/** A device that takes packets of IP in IP. */
export interface Tunnel {
  readonly type: 'ipip' | 'sit' | 'ip6tnl';
  readonly up: boolean;
  readonly settings: {
    readonly local: Ip | undefined;
    readonly remote: Ip | undefined;
    readonly underlay: Device | undefined;
  };
}

type Ends = { readonly from: Ip; readonly to: Ip; readonly input: Device | undefined };

/** Any link that fits outdoes any that does not say. */
const LINK_FITS = 4;

/** The tunnels of a namespace, up or down. */
export class TunnelTable<T extends Tunnel> {
  /** Newest first, as the kernel finds them. */
  readonly #tunnels: T[] = [];

  get size(): number {
    return this.#tunnels.length;
  }

  add(tunnel: T): void {
    this.#tunnels.unshift(tunnel);
  }

  delete(tunnel: T): void {
    const index = this.#tunnels.indexOf(tunnel);
    if (index >= 0) this.#tunnels.splice(index, 1);
  }

  [Symbol.iterator](): IterableIterator<T> {
    return this.#tunnels.values();
  }

  /** Whether this host speaks the protocol at all: as soon as there are tunnels of the kind, it does. */
  speaks(outer: IpPacket['kind'], inner: IpPacket['kind']): boolean {
    const types = takers(outer, inner);
    return this.#tunnels.some(({ type }) => types.includes(type));
  }

  /** The tunnel that takes a packet between these ends: the one that knows most of them (`ip_tunnel_lookup`, …). */
  find(outer: IpPacket['kind'], inner: IpPacket['kind'], ends: Ends): T | undefined {
    for (const type of takers(outer, inner)) {
      let best: T | undefined;
      let bestFitness = 0;
      for (const tunnel of this.#tunnels) {
        if (tunnel.type !== type) continue;
        const fitness = fitnessOf(tunnel, ends);
        if (fitness <= bestFitness) continue;
        best = tunnel;
        bestFitness = fitness;
      }
      if (best !== undefined) return best;
    }
    return undefined;
  }
}

/** Who is asked first, and who next. */
function takers(outer: IpPacket['kind'], inner: IpPacket['kind']): readonly Tunnel['type'][] {
  if (outer === 'ipv6') return ['ip6tnl'];
  return inner === 'ipv4' ? ['ipip', 'sit'] : ['sit'];
}

function fitnessOf({ type, up, settings }: Tunnel, { from, to, input }: Ends): number {
  const { local, remote, underlay } = settings;
  if (!up || (local ?? to) !== to || (remote ?? from) !== from) return 0;
  const isElsewhere = underlay !== undefined && underlay !== input;
  if (type === 'sit' && isElsewhere) return 0;
  // Which end counts more is the one thing in which the two disagree.
  const [more, less] = type === 'ip6tnl' ? [local, remote] : [remote, local];
  const known = (more === undefined ? 0 : 2) + (less === undefined ? 0 : 1);
  const linkFits = underlay !== undefined && !isElsewhere && (known > 0 || type !== 'ip6tnl');
  return 1 + known + (linkFits ? LINK_FITS : 0);
}
