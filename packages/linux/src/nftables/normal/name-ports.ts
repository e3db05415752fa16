import { IpProtocol } from '@podpath/net';
import { ProtocolContext } from '../check/protocol-context.ts';
import type { NftLookupKey, NftOperand } from '../model/operand.ts';
import type { NftFamily } from '../model/ruleset.ts';
import type { NftStatement } from '../model/statement.ts';
import { isConcatenation } from '../model/value.ts';

/** `th dport` of packets that are known to be TCP is `tcp dport`. */
export const namePorts = (
  statements: readonly NftStatement[],
  family: NftFamily,
): readonly NftStatement[] => {
  const context = new ProtocolContext(family);
  return statements.map((statement) => {
    switch (statement.kind) {
      case 'match': {
        context.readKey(statement.left);
        const match = { ...statement, left: portsNamed(statement.left, context) };
        context.passMatch(match);
        return match;
      }
      case 'vmap':
      case 'set-update': {
        context.readKey(statement.key);
        return { ...statement, key: portsNamed(statement.key, context) };
      }
      default:
        return statement;
    }
  });
};

const portsNamed = (key: NftLookupKey, { transport }: ProtocolContext): NftLookupKey => {
  const protocol = typeof transport === 'number' ? PORT_PROTOCOLS.get(transport) : undefined;
  if (protocol === undefined) return key;
  const rename = (operand: NftOperand): NftOperand => {
    if (operand === 'th sport') return `${protocol} sport`;
    return operand === 'th dport' ? `${protocol} dport` : operand;
  };
  return isConcatenation(key) ? key.map(rename) : rename(key);
};

const PORT_PROTOCOLS: ReadonlyMap<number, 'tcp' | 'udp' | 'sctp'> = new Map([
  [IpProtocol.TCP, 'tcp'],
  [IpProtocol.UDP, 'udp'],
  [IpProtocol.SCTP, 'sctp'],
]);
