import type { Labels } from '../objects.ts';
import type { PodSpec, Taint, Toleration } from '../read/inventory.ts';
import type { PodDraft } from './pod-draft.ts';

/** What placement has to know of a node. */
export interface Placeable {
  readonly name: string;
  readonly labels: Labels;
  readonly taints: readonly Taint[];
}

const tolerates = (toleration: Toleration, taint: Taint): boolean => {
  if (toleration.effect !== undefined && toleration.effect !== taint.effect) return false;
  if (toleration.key === undefined) return toleration.operator === 'Exists';
  if (toleration.key !== taint.key) return false;
  return toleration.operator === 'Exists' || toleration.value === taint.value;
};

/** Taints that the DaemonSet controller makes its pods tolerate. */
const DAEMON_TOLERATIONS: readonly Toleration[] = [
  'unschedulable',
  'not-ready',
  'unreachable',
  'disk-pressure',
  'memory-pressure',
  'pid-pressure',
  'network-unavailable',
].map((name) => ({
  key: `node.kubernetes.io/${name}`,
  operator: 'Exists',
  value: '',
  effect: undefined,
}));

const takes = (node: Placeable, spec: PodSpec, extra: readonly Toleration[]): boolean =>
  Object.entries(spec.nodeSelector).every(([key, value]) => node.labels[key] === value) &&
  node.taints.every((taint) =>
    [...spec.tolerations, ...extra].some((toleration) => tolerates(toleration, taint)),
  );

/** The nodes that a DaemonSet has a pod on. */
export const nodesForDaemon = (nodes: readonly Placeable[], spec: PodSpec): string[] =>
  nodes
    .filter((node) => spec.nodeName === undefined || node.name === spec.nodeName)
    .filter((node) => takes(node, spec, DAEMON_TOLERATIONS))
    .map(({ name }) => name);

/**
 * Gives every pod a node: the one it names, else the next in turn of those that its nodeSelector and
 * tolerations allow. Affinity, spreading and resources are not looked at. Returns the pods that no
 * node would take, which are placed all the same.
 */
export const placePods = (pods: Iterable<PodDraft>, nodes: readonly Placeable[]): PodDraft[] => {
  const turns = new Map<string, { readonly names: readonly string[]; next: number }>();
  const misfits: PodDraft[] = [];
  const everywhere = { names: nodes.map(({ name }) => name), next: 0 };
  for (const pod of pods) {
    if (pod.node !== '') continue;
    const { nodeName, nodeSelector, tolerations } = pod.spec;
    if (nodeName !== undefined) {
      pod.node = nodeName;
      continue;
    }
    const wish = JSON.stringify([nodeSelector, tolerations]);
    let turn = turns.get(wish);
    if (turn === undefined) {
      const fitting = nodes.filter((node) => takes(node, pod.spec, [])).map(({ name }) => name);
      turn = { names: fitting, next: 0 };
      turns.set(wish, turn);
    }
    if (turn.names.length === 0) {
      misfits.push(pod);
      turn = everywhere;
    }
    pod.node = turn.names[turn.next % turn.names.length] ?? '';
    turn.next += 1;
  }
  return misfits;
};
