import { fieldOf, type NftLookupKey, operandsOf } from '../model/operand.ts';
import type { NftStatement } from '../model/statement.ts';

const VLAN = 0x8100;

/** That a frame has a tag is asked for before anything in it. */
export const guardVlan = (statements: readonly NftStatement[]): readonly NftStatement[] => {
  const first = statements.findIndex(
    (each) => each.kind === 'match' && readsAny(each.left, /^(?:vlan |ether type$)/),
  );
  const statement = statements[first];
  if (statement?.kind !== 'match' || readsAny(statement.left, /^ether type$/)) return statements;
  const guard = { kind: 'match', left: 'ether type', right: VLAN } as const;
  return [...statements.slice(0, first), guard, ...statements.slice(first)];
};

const readsAny = (key: NftLookupKey, fields: RegExp): boolean =>
  operandsOf(key).some((operand) => fields.test(fieldOf(operand) ?? ''));
