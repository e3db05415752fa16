import type { LabelSelector, SelectorRequirement } from '@podpath/cluster';

/**
 * A selector as weave-npc hashes and shows it: what Kubernetes' label library prints, requirements by
 * key and values sorted: `app=web,tier in (back,front),!legacy`. Empty for the empty selector.
 */
export const selectorText = ({ matchLabels, matchExpressions }: LabelSelector): string => {
  const parts = [
    ...Object.entries(matchLabels).map(([key, value]) => ({ key, text: `${key}=${value}` })),
    ...matchExpressions.map((requirement) => ({
      key: requirement.key,
      text: requirementText(requirement),
    })),
  ];
  return parts
    .sort((a, b) => compareBytes(a.key, b.key))
    .map(({ text }) => text)
    .join(',');
};

const requirementText = ({ key, operator, values }: SelectorRequirement): string => {
  const list = `(${[...values].sort(compareBytes).join(',')})`;
  switch (operator) {
    case 'In':
      return `${key} in ${list}`;
    case 'NotIn':
      return `${key} notin ${list}`;
    case 'Exists':
      return key;
    case 'DoesNotExist':
      return `!${key}`;
  }
};

/** Label keys and values are ASCII, so code units are bytes. */
const compareBytes = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
