import { type FlowProtocol, matchesSelector } from '@podpath/cluster';
import { prefixContains } from '@podpath/net';
import type { NamespaceMatch, Peer, PodMatch, PortMatch, Rule } from './model.ts';
import type { Party } from './parties.ts';

/** What the rules of both ends see of a connection's destination port. */
export interface Traffic {
  readonly protocol: FlowProtocol;
  readonly port: number;
  /** Named ports are looked up here, whichever end is being judged. */
  readonly destination: Party;
}

/** A rule matches when its peers match the other end and its ports match the traffic. */
export const ruleMatches = (rule: Rule, other: Party, traffic: Traffic): boolean =>
  (rule.peers === 'anyone' || rule.peers.some((peer) => peerMatches(peer, other))) &&
  (rule.ports === 'any' || rule.ports.some((port) => portMatches(port, traffic)));

export const peerMatches = (peer: Peer, party: Party): boolean => {
  switch (peer.kind) {
    case 'pods':
      return podMatches(peer, party);
    case 'addresses':
      // `prefixContains` is false across families: 0.0.0.0/0 says nothing about IPv6.
      return (
        prefixContains(peer.cidr, party.address) &&
        !peer.except.some((prefix) => prefixContains(prefix, party.address))
      );
  }
};

export const podMatches = ({ namespaces, pods }: PodMatch, party: Party): boolean =>
  party.pod !== undefined &&
  namespaceMatches(namespaces, party) &&
  (pods === undefined || matchesSelector(pods, party.pod.labels));

const namespaceMatches = (match: NamespaceMatch, { pod, namespaceLabels }: Party): boolean => {
  switch (match.kind) {
    case 'named':
      return pod?.namespace === match.name;
    case 'selected':
      return namespaceLabels !== undefined && matchesSelector(match.selector, namespaceLabels);
  }
};

const portMatches = (match: PortMatch, { protocol, port, destination }: Traffic): boolean => {
  switch (match.kind) {
    case 'protocol':
      return protocol === match.protocol;
    case 'range':
      return protocol === match.protocol && match.first <= port && port <= match.last;
    case 'named':
      return (
        (match.protocol === undefined || protocol === match.protocol) &&
        destination.pod !== undefined &&
        destination.pod.ports.some(
          (declared) =>
            declared.name === match.name &&
            declared.protocol === protocol &&
            declared.port === port,
        )
      );
  }
};
