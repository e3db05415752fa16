import type { Cluster } from '@podpath/cluster';
import type { NetworkPlugin } from '@podpath/cni';
import { deviationTouches } from './deviations.ts';
import type { Subject } from './judge-questions.ts';
import { nameEnds } from './name-ends.ts';
import type { Answer } from './questions.ts';

/**
 * Answers by sending a packet through what a plugin programs for the cluster. Where the plugin is known to
 * depart from the API, a wrong answer is put down to that.
 */
export const walker = (plugin: NetworkPlugin, cluster: Cluster): Subject => {
  const path = plugin.install(cluster, plugin.configure(undefined));
  const { families, policyDeviations } = plugin.features;
  return {
    unsupported: ({ flow }) =>
      !families.includes(6) && deviationTouches('ipv6-unsupported', cluster, flow)
        ? 'ipv6-unsupported'
        : undefined,
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
    deviation: ({ flow }) =>
      policyDeviations.find(({ id }) => deviationTouches(id, cluster, nameEnds(cluster, flow)))?.id,
  };
};
