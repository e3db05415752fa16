import type { Cluster } from '@podpath/cluster';
import { getOrAdd } from '../../get-or-add.ts';
import { holds, type LabelExpression, valuesNeeded } from '../../label-expression.ts';
import { isFinished } from '../../parties.ts';
import { NAMESPACE } from '../../scoped-labels.ts';
import { type Thing, thingOfHostEndpoint, thingOfNetworkSet, thingOfPod } from '../../things.ts';

/** All that selectors can select in a cluster: of pods that are the same to them, one. */
export interface Population {
  /** Pods of the pod network that run. */
  pods(selected: LabelExpression): readonly Thing[];
  hostEndpoints(selected: LabelExpression): readonly Thing[];
  /** Those and network sets. */
  anything(selected: LabelExpression): readonly Thing[];
}

export const populationOf = (cluster: Cluster): Population => {
  const templates = new Map<string, Thing>();
  for (const pod of cluster.pods.values()) {
    if (pod.hostNetwork || isFinished(pod)) continue;
    const { namespace, labels, ports, serviceAccount } = pod;
    const key = JSON.stringify([namespace, labels, ports, serviceAccount]);
    getOrAdd(templates, key, () => thingOfPod(cluster, pod));
  }
  const pods = createSearch([...templates.values()]);
  const hostEndpoints = createSearch(
    cluster.calico.hostEndpoints.map((endpoint) => thingOfHostEndpoint(cluster, endpoint)),
  );
  const sets = createSearch(
    cluster.calico.networkSets.map((set) => thingOfNetworkSet(cluster, set)),
  );
  return {
    pods,
    hostEndpoints,
    anything: (selected) => [...pods(selected), ...hostEndpoints(selected), ...sets(selected)],
  };
};

/** Looks only in the namespaces that an expression asks for, and once for equal expressions. */
const createSearch = (
  things: readonly Thing[],
): ((selected: LabelExpression) => readonly Thing[]) => {
  const byNamespace = Map.groupBy(things, ({ label }) => label(NAMESPACE));
  const found = new Map<string, readonly Thing[]>();
  return (selected) =>
    getOrAdd(found, JSON.stringify(selected), () => {
      const names = valuesNeeded(selected, NAMESPACE);
      const candidates =
        names === undefined
          ? things
          : [...new Set(names)].flatMap((name) => byNamespace.get(name) ?? []);
      return candidates.filter(({ label }) => holds(selected, label));
    });
};
