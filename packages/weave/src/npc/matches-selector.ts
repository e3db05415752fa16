import type { LabelSelector, Labels, SelectorRequirement } from '@podpath/cluster';

/** Whether every requirement of the selector holds for the labels. */
export const matchesSelector = (selector: LabelSelector, labels: Labels): boolean =>
  Object.entries(selector.matchLabels).every(([key, value]) => labels[key] === value) &&
  selector.matchExpressions.every((requirement) => requirementHolds(requirement, labels));

const requirementHolds = (
  { key, operator, values }: SelectorRequirement,
  labels: Labels,
): boolean => {
  const value = labels[key];
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
  }
};
