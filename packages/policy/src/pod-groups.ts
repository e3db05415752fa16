import type { Cluster, Pod, WorkloadRef } from '@podpath/cluster';
import { familyOf } from '@podpath/net';
import { getOrAdd } from './get-or-add.ts';
import { subjectOf } from './judge.ts';
import type { ModelParts } from './model-parts.ts';
import { isFinished, type Parties, type Party } from './parties.ts';
import type { Selection } from './selection.ts';
import { addressSignature, labelSignature } from './signature.ts';

/** Pods of one workload that no policy can tell apart. */
export interface PodGroup {
  readonly namespace: string;
  readonly owner: WorkloadRef;
  /** Never empty, each pod as its addresses. */
  readonly pods: readonly (readonly Party[])[];
  /** How many pods the workload has in all of its groups. */
  readonly workloadSize: number;
  /** Equal for groups, of whatever workload, that no policy can tell apart. */
  readonly classId: number;
}

/** The pods of the pod network that run, sorted by namespace, name and kind of their workload. */
export const podGroups = (
  cluster: Cluster,
  { ofPod }: Parties,
  selection: Selection,
  parts: ModelParts,
  included: (pod: Pod) => boolean,
): readonly PodGroup[] => {
  const classes = new Map<string, number>();
  const signatureOf = createSignature(selection, parts);
  const workloads = new Map<string, Map<number, (readonly Party[])[]>>();
  const owners = new Map<string, Pick<PodGroup, 'namespace' | 'owner'>>();

  for (const pod of cluster.pods.values()) {
    if (pod.hostNetwork || isFinished(pod) || !included(pod)) continue;
    const parties = ofPod(pod);
    const classId = getOrAdd(classes, signatureOf(pod, parties), () => classes.size);
    const workload = [pod.namespace, pod.owner.name, pod.owner.kind].join('\0');
    owners.set(workload, pod);
    const groups = getOrAdd(workloads, workload, () => new Map<number, (readonly Party[])[]>());
    getOrAdd(groups, classId, () => []).push(parties);
  }

  return [...workloads]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([workload, groups]) => {
      const owner = owners.get(workload);
      if (owner === undefined) return [];
      const workloadSize = [...groups.values()].reduce((sum, { length }) => sum + length, 0);
      return [...groups].map(([classId, pods]) => ({
        namespace: owner.namespace,
        owner: owner.owner,
        pods,
        workloadSize,
        classId,
      }));
    });
};

/**
 * Everything about a pod that a verdict can depend on, short of being the same pod as the other end: what
 * selects it, which peers it is, where its named ports are, which families it has. All but its addresses
 * follows from its namespace, labels and ports, so that a workload's pods share the work.
 */
const createSignature = (selection: Selection, parts: ModelParts) => {
  const known = new Map<string, string>();

  const ofTemplate = (pod: Pod, party: Party): string => {
    const subject = subjectOf(party);
    if (subject === undefined) return '';
    const selecting = (['ingress', 'egress'] as const).map((direction) =>
      selection
        .of(subject, direction)
        .map(({ tier, policies }) => [
          tier.name,
          policies.map(({ ref }) => [ref.kind, ref.namespace, ref.name]),
        ]),
    );
    const ports = pod.ports.filter(({ name }) => name !== undefined && parts.portNames.has(name));
    return JSON.stringify([selecting, labelSignature(parts, party), ports]);
  };

  return (pod: Pod, parties: readonly Party[]): string => {
    const [first] = parties;
    const [thing] = first?.things ?? [];
    if (first === undefined || thing === undefined) return '';
    const { namespace, labels, ports, serviceAccount } = pod;
    const template = JSON.stringify([namespace, labels, ports, serviceAccount]);
    const addresses = parties.map((party) => [
      familyOf(party.address),
      addressSignature(parts, { ...party, things: party.things.slice(1) }).key,
    ]);
    // What a node's host endpoint says of the pod depends on who else is on the node.
    const node = first.host === undefined ? '' : pod.node;
    const ofAll = getOrAdd(known, template, () => ofTemplate(pod, { ...first, things: [thing] }));
    return `${ofAll} ${JSON.stringify(addresses)} ${node}`;
  };
};
