import { ClusterLoadError, formatPlace, type Problem } from '../problem.ts';
import type { Inventory, Workload } from '../read/inventory.ts';
import { expandWorkload } from './expand-workload.ts';
import { Owners } from './owners.ts';
import { nodesForDaemon, type Placeable } from './placement.ts';
import type { PodDraft } from './pod-draft.ts';

/**
 * The pods of the input and those that its workloads make, by `namespace/name`. Throws
 * `ClusterLoadError` for more than `maxPods` and for two pods of one name.
 */
export const makePods = (
  inventory: Inventory,
  nodes: readonly Placeable[],
  maxPods: number,
  notes: string[],
): Map<string, PodDraft> => {
  const owners = new Owners(inventory);
  const pods = new Map<string, PodDraft>();
  const problems: Problem[] = [];
  for (const pod of inventory.pods) {
    pods.set(`${pod.namespace}/${pod.name}`, { ...pod, owner: owners.ofPod(pod), node: '' });
  }
  for (const workload of inventory.workloads) {
    if (!owners.makesPods(workload)) continue;
    if (!workload.selectsOwnPods) notes.push(strangeSelector(workload));
    const daemonNodes =
      workload.replicas === 'one-per-node' ? nodesForDaemon(nodes, workload.template.spec) : [];
    const count = workload.replicas === 'one-per-node' ? daemonNodes.length : workload.replicas;
    if (pods.size + count > maxPods) {
      problems.push(tooMany(workload, count, maxPods));
      continue;
    }
    for (const pod of expandWorkload(workload, owners.ofWorkload(workload), daemonNodes)) {
      const key = `${pod.namespace}/${pod.name}`;
      const other = pods.get(key);
      if (other === undefined) pods.set(key, pod);
      else problems.push(sameName(workload, other));
    }
  }
  if (problems.length > 0) throw new ClusterLoadError(problems);
  return pods;
};

const tooMany = (workload: Workload, count: number, maxPods: number): Problem => ({
  type: 'FieldValueTooMany',
  field: 'spec.replicas',
  ...identityOf(workload),
  reason: `${count} more pods make more than ${maxPods} in total`,
  expected: `at most ${maxPods} pods`,
});

const sameName = (workload: Workload, other: PodDraft): Problem => {
  const where = other.source === undefined ? '' : `: ${formatPlace(other.source)}`;
  return {
    type: 'FieldValueDuplicate',
    field: 'metadata.name',
    ...identityOf(workload),
    reason: `it makes the pod ${other.name}, which is there already${where}`,
    expected: 'a name of its own for each pod',
  };
};

/** Not an error, because what podpath needs, the pods, is clear all the same. */
const strangeSelector = (workload: Workload): string => {
  const { kind, namespace, name, source } = workload;
  const where = source === undefined ? '' : ` (${formatPlace(source)})`;
  return (
    `The selector of ${kind} ${namespace}/${name}${where} does not match its pods' labels: ` +
    'an API server would refuse it.'
  );
};

const identityOf = ({ kind, namespace, name, source }: Workload): Partial<Problem> => ({
  kind,
  name: `${namespace}/${name}`,
  ...source,
});
