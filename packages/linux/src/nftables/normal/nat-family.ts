import type { NftDatatype } from '../model/datatype.ts';
import type { NftSetSpec } from '../model/ruleset.ts';
import {
  isSetReference,
  type NftMapLookup,
  type NftRule,
  type NftStatement,
} from '../model/statement.ts';
import { placesOf } from '../model/value.ts';

/**
 * Translations by a map that has ports beside the addresses say their family, as nft lists them; others in a
 * table of one family do not.
 */
export const withNatFamilies = (rule: NftRule, specOf: (set: string) => NftSetSpec): NftRule => ({
  ...rule,
  statements: rule.statements.map((statement) => withFamily(statement, specOf)),
});

const withFamily = (statement: NftStatement, specOf: (set: string) => NftSetSpec): NftStatement => {
  if (statement.kind !== 'snat' && statement.kind !== 'dnat') return statement;
  const { to } = statement;
  const address = 'kind' in to ? addressBesidePort(to, specOf) : undefined;
  if (address === undefined) return statement;
  return { ...statement, family: address === 'ipv6_addr' ? 'ip6' : 'ip' };
};

const addressBesidePort = (
  { map }: NftMapLookup,
  specOf: (set: string) => NftSetSpec,
): NftDatatype | undefined => {
  if (isSetReference(map)) {
    const { data } = specOf(map.set);
    return data !== undefined && data !== 'verdict' && data.length === 2 ? data[0] : undefined;
  }
  const [values] = map.elements.map(({ data }) => placesOf(data));
  if (values?.length !== 2) return undefined;
  return typeof values[0] === 'bigint' ? 'ipv6_addr' : 'ipv4_addr';
};
