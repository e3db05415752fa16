import type { Selector } from './selector.ts';

/** Reads one label; `undefined` when there is none. A label with the value "" is there. */
export type LabelLookup = (label: string) => string | undefined;

/**
 * Whether labels satisfy a selector. Negative comparisons (`!=`, `not in`) hold for a label that is
 * absent, all others do not.
 */
export const matchesSelector = (selector: Selector, label: LabelLookup): boolean => {
  switch (selector.kind) {
    case 'all':
    case 'global':
      return true;
    case 'has':
      return label(selector.label) !== undefined;
    case '==':
      return label(selector.label) === selector.value;
    case '!=':
      return label(selector.label) !== selector.value;
    case 'contains':
      return label(selector.label)?.includes(selector.value) ?? false;
    case 'starts with':
      return label(selector.label)?.startsWith(selector.value) ?? false;
    case 'ends with':
      return label(selector.label)?.endsWith(selector.value) ?? false;
    case 'in':
      return isOneOf(label(selector.label), selector.values);
    case 'not in':
      return !isOneOf(label(selector.label), selector.values);
    case 'not':
      return !matchesSelector(selector.operand, label);
    case 'and':
      return selector.operands.every((operand) => matchesSelector(operand, label));
    case 'or':
      return selector.operands.some((operand) => matchesSelector(operand, label));
  }
};

const isOneOf = (value: string | undefined, values: readonly string[]): boolean =>
  value !== undefined && values.includes(value);
