import { type Cluster, type Pod, parseFlowEnd, podByIp, podKey, podsOf } from '@podpath/cluster';
import { formatIp, type Ip } from '@podpath/net';
import { isFinished } from '../parties.ts';
import { QuestionError } from './question-error.ts';

/** Whom a question is about. */
export type Target =
  | { readonly kind: 'pods'; readonly pods: readonly Pod[] }
  | { readonly kind: 'node'; readonly node: string }
  | { readonly kind: 'outside'; readonly address: Ip };

/**
 * Reads `NAMESPACE/POD`, `NAMESPACE/WORKLOAD` (all its pods), `node:NAME` or an address. A host-network pod is its node, an
 * address that somebody has is whoever has it. Throws `FlowEndError` for nobody, `QuestionError` for who can be no target.
 */
export const parseTarget = (text: string, cluster: Cluster): Target => {
  const end = parseFlowEnd(text, cluster);
  switch (end.kind) {
    case 'node':
      return { kind: 'node', node: end.name };
    case 'address':
      return targetAt(end.address, cluster);
    case 'service':
      throw new QuestionError(
        'no-target',
        `'${text}': policies are about pods, not about Services; name the pods that serve it` +
          serversOf(end, cluster),
      );
    case 'pod': {
      const pod = cluster.pods.get(podKey(end));
      if (pod === undefined) throw new QuestionError('no-target', `'${text}' is no pod`);
      const isNamed = text.trim() === pod.name || text.trim().endsWith(`/${pod.name}`);
      return targetOfPods(text, isNamed ? [pod] : workloadOf(pod, cluster));
    }
  }
};

const targetAt = (address: Ip, cluster: Cluster): Target => {
  const pod = podByIp(cluster, address);
  if (pod !== undefined && !isFinished(pod)) return targetOfPods(formatIp(address), [pod]);
  for (const { name, addresses } of cluster.nodes.values()) {
    if (addresses.includes(address)) return { kind: 'node', node: name };
  }
  return { kind: 'outside', address };
};

const workloadOf = ({ namespace, owner }: Pod, cluster: Cluster): readonly Pod[] =>
  podsOf(cluster, namespace).filter(
    (each) => each.owner.kind === owner.kind && each.owner.name === owner.name,
  );

const targetOfPods = (text: string, given: readonly Pod[]): Target => {
  const pods = given.filter((pod) => !isFinished(pod));
  const [first] = pods;
  if (first === undefined) {
    throw new QuestionError('no-target', `'${text}' has finished and has no address any more`);
  }
  if (!first.hostNetwork) return { kind: 'pods', pods };
  const nodes = new Set(pods.map(({ node }) => node));
  if (nodes.size === 1) return { kind: 'node', node: first.node };
  throw new QuestionError(
    'no-target',
    `'${text}' has the network of its nodes; name one of them: node:${[...nodes].slice(0, 3).join(', node:')}`,
  );
};

const serversOf = (
  end: { readonly namespace: string; readonly name: string },
  cluster: Cluster,
): string => {
  const selector = Object.entries(cluster.services.get(podKey(end))?.selector ?? {});
  const pods = podsOf(cluster, end.namespace).filter(({ labels }) =>
    selector.every(([key, value]) => labels[key] === value),
  );
  const shown = selector.length === 0 ? [] : pods.slice(0, 3).map(podKey);
  return shown.length === 0 ? '' : `: ${shown.join(', ')}`;
};
