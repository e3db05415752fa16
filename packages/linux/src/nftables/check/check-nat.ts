import { familyOf } from '@podpath/net';
import type { NftFamily } from '../model/ruleset.ts';
import type { NftNat } from '../model/statement.ts';
import { checkMapLookup, type SetSpecOf } from './check-lookup.ts';
import { checkOperands } from './check-operand.ts';
import { valueFault } from './check-value.ts';
import { hasPorts, type ProtocolContext } from './protocol-context.ts';
import { refuse } from './refuse.ts';

/** Throws `Refused` for a translation to what no packet can have. */
export const checkNat = (
  statement: NftNat,
  family: NftFamily,
  context: ProtocolContext,
  setOf: SetSpecOf,
): void => {
  const network = natNetwork(statement, family, context);
  const address = network === 'ip6' ? 'ipv6_addr' : 'ipv4_addr';
  const { to } = statement;
  if ('kind' in to) {
    checkOperands(to.key, family, context);
    checkMapLookup(to, [[address], [address, 'inet_service']], setOf);
    return;
  }
  if (to.address === undefined && to.ports === undefined) {
    refuse('EINVAL', `${statement.kind} needs an address or ports`);
  }
  if (to.address !== undefined && network !== (familyOf(to.address) === 4 ? 'ip' : 'ip6')) {
    refuse('EINVAL', `datatype mismatch, expected ${address}`);
  }
  if (to.ports !== undefined) checkPorts(to.ports, context);
};

/** The family that addresses are translated in; in an `inet` table somebody has to say it. */
const natNetwork = (
  { family: named, to }: NftNat,
  family: NftFamily,
  { network }: ProtocolContext,
): 'ip' | 'ip6' | undefined => {
  if (family === 'ip' || family === 'ip6') return family;
  const address = 'kind' in to ? undefined : to.address;
  if (named !== undefined) return named;
  if (network === 'ip' || network === 'ip6') return network;
  return address === undefined ? undefined : familyOf(address) === 4 ? 'ip' : 'ip6';
};

/** Throws `Refused` for ports of packets that may have none. */
export const checkPorts = (
  { first, last }: { readonly first: number; readonly last: number },
  context: ProtocolContext,
): void => {
  if (!hasPorts(context)) {
    refuse('EINVAL', 'transport protocol mapping is only valid after transport protocol match');
  }
  const fault = valueFault('inet_service', { first, last });
  if (fault !== undefined) refuse('EINVAL', fault);
};
