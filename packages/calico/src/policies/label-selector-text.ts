import type { LabelSelector, SelectorRequirement } from '@podpath/cluster';

/** Every workload of a Kubernetes cluster has this label; nothing else has. */
const ORCHESTRATOR_TERM = "projectcalico.org/orchestrator == 'k8s'";

/** A pod selector as a Calico selector: pods of the cluster that it matches. */
export const podSelectorText = (selector: LabelSelector | undefined): string =>
  [ORCHESTRATOR_TERM, ...(selector === undefined ? [] : terms(selector))].join(' && ');

/** A namespace selector as a Calico selector over namespace labels. An empty one is `all()`. */
export const namespaceSelectorText = (selector: LabelSelector): string => {
  const parts = terms(selector);
  return parts.length === 0 ? 'all()' : parts.join(' && ');
};

const terms = (selector: LabelSelector): readonly string[] => [
  ...Object.keys(selector.matchLabels)
    .sort()
    .map((key) => `${key} == '${selector.matchLabels[key]}'`),
  ...selector.matchExpressions.map(requirementText),
];

const requirementText = ({ key, operator, values }: SelectorRequirement): string => {
  const set = `{ '${values.join("', '")}' }`;
  switch (operator) {
    case 'In':
      return `${key} in ${set}`;
    case 'NotIn':
      return `${key} not in ${set}`;
    case 'Exists':
      return `has(${key})`;
    case 'DoesNotExist':
      return `! has(${key})`;
  }
};
