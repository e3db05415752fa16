import { formatIp, parseIpv4 } from '@podpath/net';
import type { PeerName } from '../peer-name.ts';
import { rangeOf } from './address-range.ts';
import { prefix } from './range-text.ts';
import { Ring } from './ring.ts';

/** Rings as tests write them: token, peer, version, free. */
export type WrittenEntry = readonly [token: string, peer: PeerName, version: number, free: number];

export const ringOf = (
  universe: string,
  self: PeerName,
  written: readonly WrittenEntry[],
): Ring => {
  const ring = new Ring(rangeOf(prefix(universe)), self);
  ring.restore(
    written.map(([token, peer, version, free]) => ({
      token: parseIpv4(token),
      peer,
      version,
      free,
    })),
  );
  return ring;
};

/** A ring just divided among peers, as the first of them sees it. */
export const wholeRing = (universe: string, peers: readonly PeerName[]): Ring => {
  const ring = new Ring(rangeOf(prefix(universe)), peers[0] ?? 0);
  ring.claimForPeers(peers);
  return ring;
};

export const entries = (ring: Ring): string[] =>
  ring.entries.map(
    ({ token, peer, version, free }) => `${formatIp(token)} peer ${peer} v${version} free ${free}`,
  );
