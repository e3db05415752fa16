import { familyOf, type IpFamily, type Prefix } from '@podpath/net';
import { protocolNumber } from '../protocol-names.ts';
import { invalid, type Refusal } from '../refusal.ts';
import type { Match } from '../rule.ts';
import { checkPorts, isRange, isWhole, wrongFamily } from './rule-place.ts';

type MatchOf<K extends Match['kind']> = Extract<Match, { readonly kind: K }>;

const MOST_SECONDS = 0xffff_ffff;
const MOST_CONNECTIONS = 0xffff_ffff;

export const checkConnection = (
  match: MatchOf<'connection'>,
  family: IpFamily,
): Refusal | undefined => {
  const { protocol, expiresSeconds } = match;
  const prefixes: readonly ({ readonly prefix: Prefix } | undefined)[] = [
    match.originalSource,
    match.originalDestination,
    match.replySource,
    match.replyDestination,
  ];
  for (const field of prefixes) {
    if (field !== undefined && familyOf(field.prefix.address) !== family) {
      return invalid(wrongFamily(family));
    }
  }
  if (protocol !== undefined && protocolNumber(protocol.protocol) < 0) {
    return invalid(`unknown protocol "${protocol.protocol}" specified`);
  }
  if (expiresSeconds !== undefined && !isRange(expiresSeconds, MOST_SECONDS)) {
    return invalid('invalid range of seconds');
  }
  const ports = [
    match.originalSourcePort,
    match.originalDestinationPort,
    match.replySourcePort,
    match.replyDestinationPort,
  ];
  return checkPorts(ports.filter((range) => range !== undefined));
};

export const checkConnlimit = (
  { limit, maskLength }: MatchOf<'connlimit'>,
  family: IpFamily,
): Refusal | undefined => {
  if (!isWhole(limit, MOST_CONNECTIONS)) return invalid('invalid number of connections');
  return isWhole(maskLength, family === 4 ? 32 : 128)
    ? undefined
    : invalid(`a mask of ${maskLength} bits is not one of IPv${family}`);
};
