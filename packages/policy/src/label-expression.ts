import type { LabelSelector, SelectorRequirement } from '@podpath/cluster';

/**
 * What selectors of every API are compiled to. A label that is absent is in no list of values, so that
 * Kubernetes' `NotIn` and Calico's `!=` are `not` of `in` and hold where the label is absent.
 */
export type LabelExpression =
  | { readonly kind: 'has'; readonly label: string }
  | { readonly kind: 'in'; readonly label: string; readonly values: readonly string[] }
  | {
      readonly kind: 'contains' | 'starts with' | 'ends with';
      readonly label: string;
      readonly value: string;
    }
  | { readonly kind: 'not'; readonly operand: LabelExpression }
  /** `and` of nothing holds for everything, `or` of nothing for nothing. */
  | { readonly kind: 'and' | 'or'; readonly operands: readonly LabelExpression[] };

/** Reads one label of a thing; `undefined` where it has none. The value "" is there. */
export type LabelLookup = (label: string) => string | undefined;

export const EVERYTHING: LabelExpression = { kind: 'and', operands: [] };

/** Never throws. */
export const holds = (expression: LabelExpression, label: LabelLookup): boolean => {
  switch (expression.kind) {
    case 'has':
      return label(expression.label) !== undefined;
    case 'in': {
      const value = label(expression.label);
      return value !== undefined && expression.values.includes(value);
    }
    case 'contains':
      return label(expression.label)?.includes(expression.value) ?? false;
    case 'starts with':
      return label(expression.label)?.startsWith(expression.value) ?? false;
    case 'ends with':
      return label(expression.label)?.endsWith(expression.value) ?? false;
    case 'not':
      return !holds(expression.operand, label);
    case 'and':
      return expression.operands.every((operand) => holds(operand, label));
    case 'or':
      return expression.operands.some((operand) => holds(operand, label));
  }
};

/** Each part that is given has to hold. */
export const all = (...parts: readonly (LabelExpression | undefined)[]): LabelExpression => {
  const operands = parts
    .filter((part) => part !== undefined)
    .flatMap((part) => (part.kind === 'and' ? part.operands : [part]));
  const [only] = operands;
  return operands.length === 1 && only !== undefined ? only : { kind: 'and', operands };
};

export const labelIs = (label: string, ...values: readonly string[]): LabelExpression => ({
  kind: 'in',
  label,
  values,
});

export const not = (operand: LabelExpression): LabelExpression => ({ kind: 'not', operand });

/** A Kubernetes selector; `scope` says whose labels it is over. */
export const ofSelector = (
  { matchLabels, matchExpressions }: LabelSelector,
  scope: (key: string) => string,
): LabelExpression =>
  all(
    ...Object.entries(matchLabels).map(([key, value]) => labelIs(scope(key), value)),
    ...matchExpressions.map((requirement) => ofRequirement(requirement, scope)),
  );

const ofRequirement = (
  { key, operator, values }: SelectorRequirement,
  scope: (key: string) => string,
): LabelExpression => {
  const label = scope(key);
  switch (operator) {
    case 'In':
      return labelIs(label, ...values);
    case 'NotIn':
      return not(labelIs(label, ...values));
    case 'Exists':
      return { kind: 'has', label };
    case 'DoesNotExist':
      return not({ kind: 'has', label });
  }
};

/**
 * The values that a label has to have for an expression to hold; `undefined` when it may have others or be absent.
 * Never too few, perhaps too many.
 */
export const valuesNeeded = (
  expression: LabelExpression,
  label: string,
): readonly string[] | undefined => {
  switch (expression.kind) {
    case 'in':
      return expression.label === label ? expression.values : undefined;
    case 'and':
      for (const operand of expression.operands) {
        const values = valuesNeeded(operand, label);
        if (values !== undefined) return values;
      }
      return undefined;
    case 'or': {
      const lists = expression.operands.map((operand) => valuesNeeded(operand, label));
      return lists.every((list) => list !== undefined) ? [...new Set(lists.flat())] : undefined;
    }
    default:
      return undefined;
  }
};
