import type { IpPacket } from '@podpath/net';
import type { NftSetField } from '../model/statement.ts';
import { type StatementFunction, Step } from './objects.ts';

/** `ip dscp set` and the like (net/netfilter/nft_payload.c). */
export const compileSetField = ({ field, value }: NftSetField): StatementFunction => {
  const write = WRITERS[field];
  return ({ view }) => (write(view.context.packet, value) ? Step.NEXT : Step.BREAK);
};

const ECN_BITS = 0b11;

/** Each false for a packet that has no such field. */
const WRITERS: Readonly<
  Record<NftSetField['field'], (packet: IpPacket, value: number) => boolean>
> = {
  'ip dscp': (packet, value) => {
    if (packet.kind !== 'ipv4') return false;
    packet.tos = (value << 2) | (packet.tos & ECN_BITS);
    return true;
  },
  'ip6 dscp': (packet, value) => {
    if (packet.kind !== 'ipv6') return false;
    packet.trafficClass = (value << 2) | (packet.trafficClass & ECN_BITS);
    return true;
  },
  'ip ttl': (packet, value) => {
    if (packet.kind !== 'ipv4') return false;
    packet.ttl = value;
    return true;
  },
  'ip6 hoplimit': (packet, value) => {
    if (packet.kind !== 'ipv6') return false;
    packet.hopLimit = value;
    return true;
  },
};
