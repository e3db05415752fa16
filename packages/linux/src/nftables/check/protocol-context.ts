import { IpProtocol } from '@podpath/net';
import { fieldInfo, type NftField } from '../model/field.ts';
import { fieldOf, type NftLookupKey, operandsOf } from '../model/operand.ts';
import { isOfFrames, type NftFamily } from '../model/ruleset.ts';
import { isAnonymousSet, type NftMatch } from '../model/statement.ts';
import { IPV4, IPV6, nameOf } from '../model/symbols.ts';
import type { NftKey } from '../model/value.ts';

/** What a rule has said of the packets that get past its first statements. */
export class ProtocolContext {
  network: NftNetwork | undefined;
  /** `several`: one of a set, so that ports mean something. */
  transport: number | 'several' | undefined;

  readonly #family: NftFamily;

  constructor(family: NftFamily) {
    this.#family = family;
    this.network = family === 'ip' || family === 'ip6' || family === 'arp' ? family : undefined;
  }

  /** Why a field cannot be in a packet that has got this far. */
  conflict(field: NftField): string | undefined {
    const { network, transport } = fieldInfo(field);
    if (this.network === 'arp' && transport !== undefined) {
      return `conflicting protocols specified: arp vs. ${protocolName(transport)}`;
    }
    // That ICMP is of one version only nft does not hold against it.
    const wanted = isIcmp(field) ? undefined : (network ?? networkInName(field));
    if (wanted !== undefined && this.network !== undefined && wanted !== this.network) {
      return `conflicting protocols specified: ${this.network} vs. ${wanted}`;
    }
    if (transport === undefined || this.transport === undefined || transport === this.transport) {
      return undefined;
    }
    const before = this.transport === 'several' ? 'several' : protocolName(this.transport);
    return `conflicting protocols specified: ${before} vs. ${protocolName(transport)}`;
  }

  /** Takes in that a key has been read off the packet. */
  readKey(key: NftLookupKey): void {
    for (const operand of operandsOf(key)) {
      const field = fieldOf(operand);
      if (field === undefined) continue;
      const { network, transport } = fieldInfo(field);
      this.network ??= network;
      this.transport = transport ?? this.transport;
    }
  }

  /** Takes in what a comparison says. */
  passMatch({ left, op, right }: NftMatch): void {
    this.readKey(left);
    if (typeof left !== 'string' || (op !== undefined && op !== '==')) return;
    if (PROTOCOL_FIELDS.has(left)) {
      if (typeof right === 'number') {
        if (left === 'meta l4proto' || KNOWN_PROTOCOLS.has(right)) this.transport ??= right;
      } else if (isAnonymousSet(right)) {
        const [first, ...others] = new Set(right.elements.filter(isKnown));
        if (first !== undefined) this.transport ??= others.length === 0 ? first : 'several';
      }
    } else if (typeof right === 'number' && saysNetwork(left, this.#family)) {
      this.network = networkNumbered(left, right) ?? this.network;
    }
  }
}

/** Protocols whose headers nft knows. That a header names another it does not take to exclude these. */
const KNOWN_PROTOCOLS: ReadonlySet<number> = new Set([
  IpProtocol.ICMP,
  IpProtocol.TCP,
  IpProtocol.UDP,
  33,
  IpProtocol.ESP,
  51,
  IpProtocol.ICMPV6,
  108,
  IpProtocol.SCTP,
  136,
]);

const isKnown = (key: NftKey): key is number => typeof key === 'number' && KNOWN_PROTOCOLS.has(key);

/** Fields that say what the transport protocol is. */
const PROTOCOL_FIELDS: ReadonlySet<NftField> = new Set([
  'meta l4proto',
  'ip protocol',
  'ip6 nexthdr',
]);

export const isProtocolField = (field: NftField): boolean => PROTOCOL_FIELDS.has(field);

const ETHER_TYPE_FIELDS: ReadonlySet<NftField> = new Set([
  'meta protocol',
  'ether type',
  'vlan type',
]);

/** Whether nft takes a field to say what a frame carries: `meta protocol` only in tables that see frames. */
export const saysNetwork = (field: NftField, family: NftFamily): boolean =>
  field === 'meta nfproto' ||
  field === 'ether type' ||
  field === 'vlan type' ||
  (field === 'meta protocol' && isOfFrames(family));

/** What a frame carries. */
export type NftNetwork = 'ip' | 'ip6' | 'arp';

const ETHER_TYPES: ReadonlyMap<number, NftNetwork> = new Map([
  [0x0800, 'ip'],
  [0x86dd, 'ip6'],
  [0x0806, 'arp'],
]);

/** The protocol that `meta nfproto` or `meta protocol` says with this number. */
export const networkNumbered = (field: NftField, value: number): NftNetwork | undefined => {
  if (field === 'meta nfproto') return value === IPV4 ? 'ip' : value === IPV6 ? 'ip6' : undefined;
  if (ETHER_TYPE_FIELDS.has(field)) {
    return ETHER_TYPES.get(value);
  }
  return undefined;
};

const isIcmp = (field: NftField): boolean => field.startsWith('icmp');

const networkInName = (field: NftField): 'ip' | 'ip6' | undefined =>
  field.includes(' ip6 ') ? 'ip6' : field.includes(' ip ') ? 'ip' : undefined;

const protocolName = (number: number): string => nameOf('inet_proto', number) ?? String(number);

const WITH_PORTS: ReadonlySet<number> = new Set([
  IpProtocol.TCP,
  IpProtocol.UDP,
  IpProtocol.SCTP,
  33,
  136,
]);

/** Whether packets that got this far have ports, as far as the rule says. */
export const hasPorts = ({ transport }: ProtocolContext): boolean =>
  transport === 'several' || (transport !== undefined && WITH_PORTS.has(transport));
