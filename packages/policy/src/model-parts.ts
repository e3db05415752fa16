import { getOrAdd } from './get-or-add.ts';
import { type LabelExpression, valuesNeeded } from './label-expression.ts';
import type { EndMatch, PolicyModel, Rule } from './model.ts';
import { NAMESPACE } from './scoped-labels.ts';

/** What an end's match asks of the address alone. */
export type AddressMatch = Omit<EndMatch, 'labels' | 'notLabels'>;

/** What the rules of a model ask of ends and of ports, each thing once. */
export interface ModelParts {
  /** The label expressions, each with its index, that can hold for things of one of the namespaces, without going through all. */
  labelsIn(
    namespaces: readonly (string | undefined)[],
  ): Iterable<readonly [number, LabelExpression]>;
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
  return {
    labelsIn: byNamespace([...labels.values()]),
    addresses: [...addresses.values()],
    portNames,
  };
};

const byNamespace = (labels: readonly LabelExpression[]): ModelParts['labelsIn'] => {
  const anywhere: [number, LabelExpression][] = [];
  const named = new Map<string, [number, LabelExpression][]>();
  for (const entry of labels.entries()) {
    const names = valuesNeeded(entry[1], NAMESPACE);
    if (names === undefined) anywhere.push(entry);
    for (const name of new Set(names)) getOrAdd(named, name, () => []).push(entry);
  }
  return (namespaces) => [
    ...anywhere,
    ...[...new Set(namespaces)].flatMap((name) =>
      name === undefined ? [] : (named.get(name) ?? []),
    ),
  ];
};

/** Equal for equal matches. IPv6 addresses are bigints, which JSON does not know. */
export const keyOf = (match: EndMatch): string =>
  JSON.stringify(match, (_key, value: unknown) =>
    typeof value === 'bigint' ? `${value}n` : value,
  );

function* rulesOf({ tiers, profiles }: PolicyModel): Generator<Rule> {
  for (const { policies } of tiers) {
    for (const { ingress = [], egress = [] } of policies) yield* [...ingress, ...egress];
  }
  for (const { ingress, egress } of profiles.values()) yield* [...ingress, ...egress];
}
