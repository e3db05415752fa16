import { familyOf, type IpFamily, type Prefix } from '@podpath/net';
import type { ActiveRule, EndMatch } from '../policies/active-rule.ts';

/**
 * A rule with only the nets of one family, or `undefined` when that would change what it means: it is
 * for the other family, a list of nets would become empty, or it excludes every address.
 * Follows `FilterRuleToIPVersion` in felix/rules/policy.go.
 */
export const ruleForFamily = (rule: ActiveRule, family: IpFamily): ActiveRule | undefined => {
  if (rule.ipVersion !== undefined && rule.ipVersion !== family) return undefined;
  const source = endForFamily(rule.source, family);
  const destination = endForFamily(rule.destination, family);
  return source === undefined || destination === undefined
    ? undefined
    : { ...rule, source, destination };
};

const endForFamily = (end: EndMatch, family: IpFamily): EndMatch | undefined => {
  const nets = ofFamily(end.nets, family);
  const notNets = ofFamily(end.notNets, family);
  const emptied = isEmptied(end.nets, nets) || isEmptied(end.notNets, notNets);
  if (emptied || notNets?.some((prefix) => prefix.length === 0)) return undefined;
  return {
    ...end,
    ...(nets === undefined ? {} : { nets }),
    ...(notNets === undefined ? {} : { notNets }),
  };
};

const ofFamily = (nets: readonly Prefix[] | undefined, family: IpFamily) =>
  nets?.filter((prefix) => familyOf(prefix.address) === family);

const isEmptied = (before: readonly Prefix[] = [], after: readonly Prefix[] = []): boolean =>
  before.length > 0 && after.length === 0;
