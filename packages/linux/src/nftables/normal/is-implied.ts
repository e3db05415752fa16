import { IpProtocol } from '@podpath/net';
import {
  isProtocolField,
  type NftNetwork,
  networkNumbered,
  saysNetwork,
} from '../check/protocol-context.ts';
import { fieldInfo, type NftField } from '../model/field.ts';
import { fieldOf, type NftLookupKey, operandsOf } from '../model/operand.ts';
import type { NftFamily } from '../model/ruleset.ts';
import { isValue, type NftMatch, type NftReject, type NftStatement } from '../model/statement.ts';

/** Whether what follows says so anyway. */
export const isImplied = (
  { left, op, right }: NftMatch,
  rest: readonly NftStatement[],
  family: NftFamily,
): boolean => {
  if (typeof left !== 'string' || op !== undefined || typeof right !== 'number') return false;
  const isSingle = family === 'ip' || family === 'ip6';
  if (left === 'meta protocol' && isSingle) return networkNumbered(left, right) === family;
  const network = networkNumbered(left, right);
  if (left === 'ether type' && right === VLAN) {
    return rest.some((each) => each.kind === 'match' && saysTag(each));
  }
  if (left === 'meta nfproto' || (network !== undefined && saysNetwork(left, family))) {
    if (saysIcmpOf(network, rest)) return true;
    return someFollowing(
      rest,
      (key) => fieldsOf(key).some((field) => fieldInfo(field).network === network),
      network,
      isSingle,
    );
  }
  if (!isProtocolField(left)) return false;
  // In a table of one family the header's own field and the packet's protocol are one.
  if (left !== 'meta l4proto' && !isSingle) return false;
  return someFollowing(
    rest,
    (key) => fieldsOf(key).some((field) => impliesTransport(field, right)),
    right,
    isSingle,
  );
};

const VLAN = 0x8100;

/** nft 1.0.6 forgets to leave the question for a tag out before that for one type behind it. */
const saysTag = ({ left, right }: NftMatch): boolean =>
  fieldsOf(left).some((field) => field.startsWith('vlan ')) &&
  !(left === 'vlan type' && isValue(right));

const ICMP_OF = { ip: IpProtocol.ICMP, ip6: IpProtocol.ICMPV6, arp: undefined } as const;

/** Whether a comparison that follows asks for ICMP, which is of one network protocol. */
const saysIcmpOf = (network: NftNetwork | undefined, rest: readonly NftStatement[]): boolean => {
  for (const statement of rest) {
    if (statement.kind !== 'match') return false;
    const { left, op, right } = statement;
    if (left !== 'meta l4proto' || op !== undefined) continue;
    return right === (network === undefined ? undefined : ICMP_OF[network]);
  }
  return false;
};

const impliesTransport = (field: NftField, protocol: number): boolean =>
  fieldInfo(field).transport === protocol;

/**
 * Whether a comparison or lookup reached without other statements between reads a field that the
 * guard is for; or, at the end of the rule, a reject does.
 */
const someFollowing = (
  rest: readonly NftStatement[],
  isFor: (key: NftLookupKey) => boolean,
  guard: number | string | undefined,
  isSingle: boolean,
): boolean => {
  for (const statement of rest) {
    switch (statement.kind) {
      case 'match':
        if (isFor(statement.left)) return true;
        continue;
      case 'vmap':
      case 'set-update':
        return isFor(statement.key);
      case 'set-mark':
        return (
          typeof statement.value === 'object' &&
          statement.value.kind === 'map' &&
          isFor(statement.value.key)
        );
      case 'set-field':
        return isFor(statement.field);
      case 'snat':
      case 'dnat':
        return 'kind' in statement.to && isFor(statement.to.key);
      case 'reject':
        return isRejectFor(statement, guard, isSingle);
      default:
        return false;
    }
  }
  return false;
};

const isRejectFor = (
  { with: type }: NftReject,
  guard: number | string | undefined,
  isSingle: boolean,
): boolean => {
  if (type === 'tcp reset') return isSingle && guard === IpProtocol.TCP;
  if (type?.startsWith('icmp ') === true) return guard === 'ip';
  return type?.startsWith('icmpv6 ') === true && guard === 'ip6';
};

const fieldsOf = (key: NftLookupKey): readonly NftField[] =>
  operandsOf(key)
    .map(fieldOf)
    .filter((field) => field !== undefined);
