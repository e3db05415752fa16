import { IpProtocol } from '@podpath/net';
import { ProtocolContext } from '../check/protocol-context.ts';
import { isOfFrames, type NftFamily } from '../model/ruleset.ts';
import type { NftMatch, NftReject, NftStatement } from '../model/statement.ts';
import { IPV4, IPV6 } from '../model/symbols.ts';

/**
 * The answer of a family that goes without saying is left out. What an answer is for but the rule has not said
 * is asked for first of all, before anything of the rule is done.
 */
export const fitReject = (
  statements: readonly NftStatement[],
  family: NftFamily,
): readonly NftStatement[] => {
  const context = new ProtocolContext(family);
  for (const [index, statement] of statements.entries()) {
    if (statement.kind === 'match') context.passMatch(statement);
    else if (statement.kind === 'vmap' || statement.kind === 'set-update') {
      context.readKey(statement.key);
    } else if (statement.kind === 'set-mark') {
      if (typeof statement.value === 'object' && statement.value.kind === 'map') {
        context.readKey(statement.value.key);
      }
    } else if (statement.kind === 'reject') {
      const reject = named(statement, context, family);
      const fitted = [...statements.slice(0, index), reject, ...statements.slice(index + 1)];
      const guard = guardOf(reject, context, family);
      return guard === undefined ? fitted : [guard, ...fitted];
    }
  }
  return statements;
};

const named = (reject: NftReject, { network }: ProtocolContext, family: NftFamily): NftReject => {
  const { with: type } = reject;
  if (family === 'ip' || family === 'ip6') {
    return type === DEFAULT[family] ? { kind: 'reject' } : reject;
  }
  if (type === 'icmpx port-unreachable') return { kind: 'reject' };
  return type === undefined && network !== undefined && network !== 'arp'
    ? { kind: 'reject', with: DEFAULT[network] }
    : reject;
};

const DEFAULT = { ip: 'icmp port-unreachable', ip6: 'icmpv6 port-unreachable' } as const;

const guardOf = (
  { with: type }: NftReject,
  { network, transport }: ProtocolContext,
  family: NftFamily,
): NftMatch | undefined => {
  if (type === 'tcp reset') {
    return transport === undefined
      ? { kind: 'match', left: 'meta l4proto', right: IpProtocol.TCP }
      : undefined;
  }
  if (type === undefined || network !== undefined) return undefined;
  const [left, ipv4, ipv6] = isOfFrames(family)
    ? (['meta protocol', 0x0800, 0x86dd] as const)
    : (['meta nfproto', IPV4, IPV6] as const);
  if (type.startsWith('icmp ')) return { kind: 'match', left, right: ipv4 };
  return type.startsWith('icmpv6 ') ? { kind: 'match', left, right: ipv6 } : undefined;
};
