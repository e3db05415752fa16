import type { LabelExpression } from './label-expression.ts';
import type { EndMatch, PolicyModel, Rule } from './model.ts';

/** What an end's match asks of the address alone. */
export type AddressMatch = Omit<EndMatch, 'labels' | 'notLabels'>;

/** What the rules of a model ask of ends and of ports, each thing once. */
export interface ModelParts {
  readonly labels: readonly LabelExpression[];
  readonly addresses: readonly AddressMatch[];
  readonly portNames: ReadonlySet<string>;
}

export const partsOf = (model: PolicyModel): ModelParts => {
  const labels = new Map<string, LabelExpression>();
  const addresses = new Map<string, AddressMatch>();
  const portNames = new Set<string>();
  for (const { from, to, traffic } of rulesOf(model)) {
    for (const end of [from, to].flatMap((each) => (each === 'anyone' ? [] : each))) {
      const { labels: wanted, notLabels: unwanted, ...address } = end;
      for (const expression of [wanted, unwanted]) {
        if (expression !== undefined) labels.set(JSON.stringify(expression), expression);
      }
      if (Object.keys(address).length > 0) addresses.set(keyOf(address), address);
    }
    for (const match of traffic === 'any' ? [] : traffic) {
      const { ports = [], notPorts = [], sourcePorts = [], notSourcePorts = [] } = match;
      for (const port of [ports, notPorts, sourcePorts, notSourcePorts].flat()) {
        if ('name' in port) portNames.add(port.name);
      }
    }
  }
  return { labels: [...labels.values()], addresses: [...addresses.values()], portNames };
};

/** IPv6 addresses are bigints, which JSON does not know. */
const keyOf = (match: AddressMatch): string =>
  JSON.stringify(match, (_key, value: unknown) =>
    typeof value === 'bigint' ? `${value}n` : value,
  );

function* rulesOf({ tiers, profiles }: PolicyModel): Generator<Rule> {
  for (const { policies } of tiers) {
    for (const { ingress = [], egress = [] } of policies) yield* [...ingress, ...egress];
  }
  for (const { ingress, egress } of profiles.values()) yield* [...ingress, ...egress];
}
