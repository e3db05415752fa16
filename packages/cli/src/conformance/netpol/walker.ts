import type { Cluster } from '@podpath/cluster';
import type { NetworkPlugin } from '@podpath/cni';
import { deviatedCluster, deviationTouches, isIpv6 } from './deviations.ts';
import type { Subject } from './judge-questions.ts';
import { nameEnds } from './name-ends.ts';
import { type Answer, agrees, type Question } from './questions.ts';
import { reference } from './reference.ts';

/**
 * Answers by sending a packet through what a plugin programs for the cluster. A wrong answer is put down to a
 * known deviation of the plugin that touches the flow; if what the deviation should make of the policies can be
 * worked out, the answer has to be that.
 */
export const walker = (plugin: NetworkPlugin, cluster: Cluster): Subject => {
  const path = plugin.install(cluster, plugin.configure(undefined));
  const { families, policyDeviations } = plugin.features;
  return {
    unsupported: ({ flow }) =>
      !families.includes(6) && isIpv6(cluster, flow) ? 'ipv6-unsupported' : undefined,
    answer: ({ flow }): Answer => {
      const { outcome, reason } = path.send(nameEnds(cluster, flow));
      switch (outcome) {
        case 'delivered':
        case 'refused':
          return '.';
        case 'dropped':
        case 'rejected':
          return 'X';
        default:
          throw new Error(`the packet was ${outcome}: ${reason}`);
      }
    },
    deviation: (question, got) => {
      const flow = nameEnds(cluster, question.flow);
      const ids = policyDeviations
        .map(({ id }) => id)
        .filter((id) => deviationTouches(id, cluster, flow));
      const deviated = deviatedCluster(ids, cluster);
      const explained = deviated === undefined || agrees(answerIn(deviated, question), got);
      return explained ? ids[0] : undefined;
    },
  };
};

const answerIn = (cluster: Cluster, question: Question): Answer =>
  reference(cluster).answer(question);
