import type { CaseDefinition } from './case.ts';
import { largeCluster, podEnd } from './cluster.ts';
import { answered } from './expect.ts';

const NODES = 1000;
const PODS_PER_NODE = 10;

export const scale: readonly CaseDefinition[] = [
  {
    ability: 'scale',
    name: `in a cluster of ${NODES} nodes a flow touches the nodes on its way only`,
    run: ({ plugin }) => {
      const path = plugin.install(largeCluster(NODES, PODS_PER_NODE), plugin.configure({}));
      answered(
        path.send({
          from: podEnd('app', 'pod-0-0'),
          to: podEnd('app', `pod-${NODES - 1}-3`),
          protocol: 'TCP',
          port: 80,
        }),
      );
    },
  },
];
