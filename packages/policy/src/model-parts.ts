import { formatPrefix } from '@podpath/net';
import type { Peer, PolicyModel, Rule } from './model.ts';

export type AddressPeer = Extract<Peer, { readonly kind: 'addresses' }>;
type PodPeer = Extract<Peer, { readonly kind: 'pods' }>;

/** What the rules of a model ask of the other end and of ports, each thing once. */
export interface ModelParts {
  readonly podPeers: readonly PodPeer[];
  readonly addressPeers: readonly AddressPeer[];
  readonly portNames: ReadonlySet<string>;
}

export const partsOf = (model: PolicyModel): ModelParts => {
  const podPeers = new Map<string, PodPeer>();
  const addressPeers = new Map<string, AddressPeer>();
  const portNames = new Set<string>();
  for (const { peers, ports } of rulesOf(model)) {
    for (const peer of peers === 'anyone' ? [] : peers) {
      if (peer.kind === 'pods') podPeers.set(JSON.stringify(peer), peer);
      else addressPeers.set([peer.cidr, ...peer.except].map(formatPrefix).join(), peer);
    }
    for (const port of ports === 'any' ? [] : ports) {
      if (port.kind === 'named') portNames.add(port.name);
    }
  }
  return {
    podPeers: [...podPeers.values()],
    addressPeers: [...addressPeers.values()],
    portNames,
  };
};

function* rulesOf({ tiers }: PolicyModel): Generator<Rule> {
  for (const { policies } of tiers) {
    for (const { ingress = [], egress = [] } of policies) yield* [...ingress, ...egress];
  }
}
