import type { DataPath, NetworkPlugin } from '@podpath/cni';
import { install, PLUGINS } from '../plugins.ts';
import { buildCluster, CLUSTERS, onCluster, type Workload } from '../workloads/workload.ts';
import type { Subject, Suite, Timed } from './suite.ts';

const NODE = 'node-0';

export const programming: Suite = {
  name: 'programming',
  title: 'Programming a node',
  about:
    'How long it takes to bring one node of an installed cluster to life: its namespace and those of its pods are made, ' +
    'and every command of the plugin is carried out in them. On a real node the kernel has the same objects to take in.',
  quantity: 'duration',
  measure: 'time to program a node',
  workloadTitle: 'Cluster',
  workloads: CLUSTERS.map((workload) =>
    onCluster(
      workload,
      `one of ${workload.nodes} nodes, with its share of ${workload.pods} pods and ${workload.policies} policies`,
      PLUGINS.map(
        (plugin): Subject => ({
          name: plugin.name,
          role: 'plugin',
          prepare: () => node(plugin, workload),
        }),
      ),
    ),
  ),
};

function node(plugin: NetworkPlugin, workload: Workload): Timed {
  const cluster = buildCluster(workload);
  let path = install(plugin, cluster);
  const program = path.program(NODE);
  const commands = program.reduce((sum, { commands }) => sum + commands.length, 0);
  return {
    kind: 'timed',
    operations: 1,
    holds: { commands },
    rest: () => {
      path = install(plugin, cluster);
    },
    run: () => devicesOf(path),
    // The oracle is arithmetic: a cable for each pod, and lo and eth0.
    check: () => {
      const pods = [...cluster.pods.values()].filter((pod) => pod.node === NODE).length;
      if (devicesOf(path) < pods + 2) throw new Error(`fewer devices than ${pods} pods need`);
      return pods;
    },
  };
}

const devicesOf = (path: DataPath): number =>
  path.namespace({ kind: 'node', name: NODE }).devices().length;
