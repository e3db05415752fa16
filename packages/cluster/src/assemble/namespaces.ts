import type { Namespace } from '../objects.ts';
import { ClusterLoadError, formatPlace, type Problem } from '../problem.ts';
import { makeNamespace } from '../read/namespace.ts';

/**
 * The namespaces of the input, then those that only objects in them name. Bundles of manifests each
 * bring the namespace they use, so one may be there several times: its labels are joined. Throws
 * `ClusterLoadError` when they contradict each other.
 */
export const joinNamespaces = (
  given: readonly Namespace[],
  implied: Iterable<{ readonly namespace: string }>,
): Map<string, Namespace> => {
  const namespaces = new Map<string, Namespace>();
  const problems: Problem[] = [];
  for (const namespace of given) {
    const first = namespaces.get(namespace.name);
    if (first !== undefined) problems.push(...contradictions(first, namespace));
    const joined = first && { ...first, labels: { ...first.labels, ...namespace.labels } };
    namespaces.set(namespace.name, joined ?? namespace);
  }
  if (problems.length > 0) throw new ClusterLoadError(problems);
  for (const { namespace } of implied) {
    if (!namespaces.has(namespace)) namespaces.set(namespace, makeNamespace(namespace));
  }
  return namespaces;
};

const contradictions = (first: Namespace, second: Namespace): Problem[] =>
  Object.entries(second.labels)
    .filter(([key, value]) => Object.hasOwn(first.labels, key) && first.labels[key] !== value)
    .map(([key, value]) => {
      const where = first.source === undefined ? '' : ` in ${formatPlace(first.source)}`;
      return {
        type: 'FieldValueDuplicate',
        field: 'metadata.labels',
        kind: 'Namespace',
        name: second.name,
        ...second.source,
        reason: `${key} is ${value} here and ${first.labels[key]}${where}`,
        expected: 'the same value in both',
      };
    });
