import { formatPolicyRef, placeOf } from '../explanation.ts';
import type { PodsOf } from './pods-of.ts';

/** An answer for people: the policy, and the pods that it selects by workload. */
export const formatPodsOf = (answer: PodsOf): string => {
  const { policy, tier, directions, stages, workloads, hostEndpoints } = answer;
  const about = [
    directions.join(' and ') || 'no direction',
    `tier ${tier}`,
    ...stages.filter((stage) => stage !== 'endpoint'),
  ];
  return [
    `${formatPolicyRef(policy)}: ${about.join(', ')}`,
    ...workloads.map(({ namespace, owner, pods, workloadSize }) => {
      const kind = owner.kind === 'Pod' ? '' : ` (${owner.kind})`;
      const count = pods.length === workloadSize ? '' : `${pods.length} of ${workloadSize}: `;
      return `  ${namespace}/${owner.name}${kind}: ${count}${pods.join(', ')}`;
    }),
    ...hostEndpoints.map(
      ({ name, node, source }) => `  node ${node} (HostEndpoint ${name}${placeOf(source)})`,
    ),
    ...(workloads.length + hostEndpoints.length === 0 ? ['  selects nobody'] : []),
    '',
  ].join('\n');
};
