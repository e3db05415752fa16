import type { Ip } from '@podpath/net';
import { isLaterFragment, type PacketView } from '../packet-view.ts';
import { protocolNumber } from '../protocol-names.ts';
import type { Match } from '../rule.ts';
import { inverted, type MatchFunction } from './match-function.ts';

type MatchOf<K extends Match['kind']> = Extract<Match, { readonly kind: K }>;

/** `-f`. */
export const matchFragment = ({ invert }: MatchOf<'fragment'>): MatchFunction =>
  inverted((view) => isLaterFragment(view.context.packet), invert);

/** `-m length`. */
export const matchLength = ({ first, last, invert }: MatchOf<'length'>): MatchFunction =>
  inverted((view) => view.lengthBytes >= first && view.lengthBytes <= last, invert);

/** `-m ttl` and `-m hl`. */
export const matchTtl = ({ compare, value, invert }: MatchOf<'ttl'>): MatchFunction => {
  switch (compare) {
    case 'equal':
      return inverted((view) => ttlOf(view) === value, invert);
    case 'less':
      return (view) => ttlOf(view) < value;
    case 'greater':
      return (view) => ttlOf(view) > value;
  }
};

export const ttlOf = ({ context: { packet } }: PacketView): number =>
  packet.kind === 'ipv4' ? packet.ttl : packet.hopLimit;

/** `-m tos`. */
export const matchTos = ({ value, mask, invert }: MatchOf<'tos'>): MatchFunction =>
  inverted((view) => (serviceOf(view) & mask) === value, invert);

/** `-m dscp`. */
export const matchDscp = ({ value, invert }: MatchOf<'dscp'>): MatchFunction =>
  inverted((view) => serviceOf(view) >>> 2 === value, invert);

const serviceOf = ({ context: { packet } }: PacketView): number =>
  packet.kind === 'ipv4' ? packet.tos : packet.trafficClass;

/** `-m iprange`. */
export const matchAddressRange = ({ source, destination }: MatchOf<'ip-range'>): MatchFunction => {
  const sourceIs = source && within(source);
  const destinationIs = destination && within(destination);
  return (view) =>
    (sourceIs === undefined || sourceIs(view.src)) &&
    (destinationIs === undefined || destinationIs(view.dst));
};

const within = ({
  first,
  last,
  invert = false,
}: {
  readonly first: Ip;
  readonly last: Ip;
  readonly invert?: boolean;
}): ((address: Ip) => boolean) => {
  return (address) => (address >= first && address <= last) !== invert;
};

/** `-m esp` and `-m ah`: a fragment or a header cut short has no index. */
export const matchSpi = (match: MatchOf<'spi'>): MatchFunction => {
  const { first, last, invert = false } = match;
  const protocol = protocolNumber(match.protocol);
  const at = match.protocol === 'esp' ? 0 : 4;
  return (view) => {
    const { packet } = view.context;
    const { payload } = packet;
    if (payload.kind !== 'raw' || payload.protocol !== protocol || isLaterFragment(packet)) {
      return false;
    }
    const { data } = payload;
    if (data.length < at + 4) {
      view.isUnreadable = true;
      return false;
    }
    const high = ((data[at] ?? 0) << 8) | (data[at + 1] ?? 0);
    const spi = high * 0x1_0000 + (((data[at + 2] ?? 0) << 8) | (data[at + 3] ?? 0));
    return (spi >= first && spi <= last) !== invert;
  };
};
