import type { Cluster } from '@podpath/cluster';
import type { NetworkPlugin } from '@podpath/cni';
import { checkEach } from '../check.ts';
import { deviationTouches } from '../netpol/deviations.ts';
import { judgeCase } from '../netpol/judge-case.ts';
import type { Subject } from '../netpol/judge-questions.ts';
import { nameEnds } from '../netpol/name-ends.ts';
import type { Answer } from '../netpol/questions.ts';
import { connectivityVectors } from '../netpol/vectors.ts';
import { readVectors } from '../read-vectors.ts';
import type { Runner } from '../runner.ts';

/**
 * The policy truth tables once more, by packets: each case's cluster is installed under the plugin, and each
 * asserted connection is sent through what the plugin programs. Where the plugin is known to depart from the
 * API the case counts as not supported, by the deviation.
 */
export const createWalkRunner = (plugin: NetworkPlugin): Runner => ({
  subject: `walk ${plugin.name}`,
  accepts: (name) => /^netpol\/(?!validation\.json$)/.test(name),
  *run(set) {
    const { worlds, cases } = readVectors(set, connectivityVectors);
    yield* checkEach(cases, (vector) =>
      judgeCase(worlds, vector, (cluster) => walker(plugin, cluster)),
    );
  },
});

const walker = (plugin: NetworkPlugin, cluster: Cluster): Subject => {
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
