import { familyOf, type IpFamily } from '@podpath/net';
import { protocolNumber } from '../protocol-names.ts';
import { invalid, type Refusal } from '../refusal.ts';
import type { Match } from '../rule.ts';
import { isRange, isWhole, wrongFamily } from './rule-place.ts';

type MatchOf<K extends Match['kind']> = Extract<Match, { readonly kind: K }>;

export const checkHeaderMatch = (
  match: MatchOf<'length' | 'ttl' | 'tos' | 'dscp' | 'ip-range' | 'spi'>,
  protocol: number | undefined,
  family: IpFamily,
): Refusal | undefined => {
  switch (match.kind) {
    case 'length':
      return isRange(match, 0xffff) ? undefined : invalid('invalid range of lengths');
    case 'ttl':
      if (match.compare !== 'equal' && match.invert === true) {
        return invalid('option "--ttl-lt" or "--ttl-gt" cannot be inverted');
      }
      return isWhole(match.value, 255) ? undefined : invalid('a TTL is a number from 0 to 255');
    case 'tos':
      return isWhole(match.value, 255) && isWhole(match.mask, 255)
        ? undefined
        : invalid('type of service and mask are numbers from 0 to 255');
    case 'dscp':
      return isWhole(match.value, 63) ? undefined : invalid('a DSCP is a number from 0 to 63');
    case 'ip-range':
      return checkAddressRanges(match, family);
    case 'spi': {
      const isItsOwn = protocol === protocolNumber(match.protocol);
      // In IPv6 an authentication header may stand before any protocol.
      if (!isItsOwn && !(family === 6 && match.protocol === 'ah')) {
        return invalid(`${match.protocol} match requires '-p ${match.protocol}'`);
      }
      return isRange(match, 0xffff_ffff) ? undefined : invalid('invalid range of indices');
    }
  }
};

const checkAddressRanges = (
  { source, destination }: MatchOf<'ip-range'>,
  family: IpFamily,
): Refusal | undefined => {
  if (source === undefined && destination === undefined) {
    return invalid("iprange match: You must specify `--src-range' or `--dst-range'");
  }
  const ends = [source, destination].flatMap((range) =>
    range === undefined ? [] : [range.first, range.last],
  );
  return ends.every((address) => familyOf(address) === family)
    ? undefined
    : invalid(wrongFamily(family));
};
