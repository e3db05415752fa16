import { fieldOf, type NftLookupKey, operandsOf } from '../model/operand.ts';
import type { NftFamily } from '../model/ruleset.ts';
import type { NftStatement } from '../model/statement.ts';

const IPV4 = 0x0800;
const ARP = 0x0806;
const VLAN = 0x8100;
const IPV6 = 0x86dd;

/**
 * Before anything in a VLAN tag is read, the type in the Ethernet header is asked for; on bridges before ARP and ICMP, too.
 * What is asked for goes without saying in the end, but draws comparisons of the header to itself.
 */
export const guardType = (
  statements: readonly NftStatement[],
  family: NftFamily,
): readonly NftStatement[] => {
  const first = statements.findIndex(
    (each) => each.kind === 'match' && readsAny(each.left, TELLING),
  );
  const statement = statements[first];
  if (statement?.kind !== 'match') return statements;
  const type = typeBehind(statement.left, family);
  if (type === undefined) return statements;
  const guard = { kind: 'match', left: 'ether type', right: type } as const;
  return [...statements.slice(0, first), guard, ...statements.slice(first)];
};

/** Fields after which it is known what a frame carries. */
const TELLING = /^(?:vlan|arp|ip|ip6|icmp|icmpv6) |^(?:ether type|meta protocol)$/;

const typeBehind = (key: NftLookupKey, family: NftFamily): number | undefined => {
  if (readsAny(key, /^vlan /)) return VLAN;
  if (family !== 'bridge') return undefined;
  if (readsAny(key, /^arp /)) return ARP;
  if (readsAny(key, /^icmp /)) return IPV4;
  return readsAny(key, /^icmpv6 /) ? IPV6 : undefined;
};

const readsAny = (key: NftLookupKey, fields: RegExp): boolean =>
  operandsOf(key).some((operand) => fields.test(fieldOf(operand) ?? ''));
