import { holds } from './label-expression.ts';
import type { AddressMatch, ModelParts } from './model-parts.ts';
import type { Party } from './parties.ts';
import { endMatches, servesAt } from './rule-match.ts';
import { NAMESPACE } from './scoped-labels.ts';

/** What rules can tell about an address, besides the labels of the pod or node at it. */
export interface AddressSignature {
  /** Equal for addresses of one family that no rule tells apart. */
  readonly key: string;
  /** Whether some rule names the address rather than leaves it out. */
  readonly named: boolean;
}

export const addressSignature = (parts: ModelParts, party: Party): AddressSignature => {
  const matching = parts.addresses.flatMap((match, index) =>
    endMatches(match, party) && (match.service === undefined || servesAt(match.service, party))
      ? [index]
      : [],
  );
  const selected = labelSignature(parts, party);
  const served = parts.addresses.some(({ service }) => service !== undefined)
    ? party.known.servicesAt(party.address)
    : [];
  return {
    key: JSON.stringify([matching, selected, served]),
    named:
      selected.length > 0 ||
      matching.some((index) => {
        const match = parts.addresses[index];
        return match !== undefined && names(match);
      }),
  };
};

/** Which of the rules' label expressions hold for something at the address. */
export const labelSignature = (parts: ModelParts, { things }: Party): readonly number[] => {
  const held = new Set<number>();
  for (const [index, expression] of parts.labelsIn(things.map(({ label }) => label(NAMESPACE)))) {
    if (things.some(({ label }) => holds(expression, label))) held.add(index);
  }
  return [...held].toSorted((a, b) => a - b);
};

const names = ({ nets, service, domains, nodes }: AddressMatch): boolean =>
  nets !== undefined || service !== undefined || domains !== undefined || nodes !== undefined;
