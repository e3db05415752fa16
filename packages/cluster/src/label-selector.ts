import type { LabelSelector, Labels, SelectorRequirement } from './objects.ts';

/** Whether every requirement of the selector holds. An empty selector matches everything. Never throws. */
export const matchesSelector = (selector: LabelSelector, labels: Labels): boolean => {
  const { matchLabels, matchExpressions } = selector;
  for (const key in matchLabels) {
    if (!Object.hasOwn(labels, key) || labels[key] !== matchLabels[key]) return false;
  }
  return matchExpressions.every((requirement) => meets(requirement, labels));
};

const meets = ({ key, operator, values }: SelectorRequirement, labels: Labels): boolean => {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
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

/** As `kubectl` writes selectors: `app=web,tier in (front,back),!canary`. The empty selector is `<all>`. */
export const formatSelector = ({ matchLabels, matchExpressions }: LabelSelector): string => {
  const parts = [
    ...Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`),
    ...matchExpressions.map(formatRequirement),
  ];
  return parts.length === 0 ? '<all>' : parts.join(',');
};

const formatRequirement = ({ key, operator, values }: SelectorRequirement): string => {
  switch (operator) {
    case 'In':
      return `${key} in (${values.join(',')})`;
    case 'NotIn':
      return `${key} notin (${values.join(',')})`;
    case 'Exists':
      return key;
    case 'DoesNotExist':
      return `!${key}`;
  }
};
