import type { Comparison, PluginColumn } from '@podpath/cni';
import type { Section, Table } from '../document/document.ts';
import { count } from '../document/numbers.ts';

/** The answer first: a row for each plugin, and what the cluster was. */
export function summarySection(comparison: Comparison): Section {
  const { cluster } = comparison;
  return {
    title: 'In short',
    blocks: [
      {
        kind: 'paragraph',
        text:
          `${count(cluster.workloads)} workloads (${count(cluster.pods)} pods) on ${count(cluster.nodes)} nodes, ` +
          `${count(cluster.services)} Services and ${count(cluster.networkPolicies)} NetworkPolicies, ` +
          `under ${comparison.plugins.map((plugin) => plugin.title).join(', ')}. ` +
          `${count(comparison.flows.length)} connections were walked under each: every workload to every port that another declares.`,
      },
      summaryTable(comparison),
      ...(comparison.truncated === undefined
        ? []
        : [
            {
              kind: 'paragraph' as const,
              text: `The input has ${count(comparison.truncated.total)} such connections; only the first ${count(comparison.truncated.walked)} were walked.`,
            },
          ]),
    ],
  };
}

export function summaryTable(comparison: Comparison): Table {
  return {
    kind: 'table',
    caption: 'What each plugin does with this cluster',
    columns: [
      { title: 'Plugin' },
      { title: 'Connections open', numeric: true },
      { title: 'As the policies say', numeric: true },
      { title: 'Encapsulation', numeric: true },
      { title: 'Pod MTU', numeric: true },
      { title: 'Rules a node', numeric: true },
      { title: 'Set members a node', numeric: true },
      { title: 'Routes a node', numeric: true },
    ],
    rows: comparison.plugins.map((plugin, index) => [
      plugin.title,
      `${count(plugin.open)} of ${count(comparison.flows.length)}`,
      agreement(comparison, index),
      `${plugin.overlay.encapsulationBytes} bytes`,
      `${plugin.overlay.podMtuBytes} bytes`,
      most(plugin, (cost) => cost.rules),
      most(plugin, (cost) => cost.setMembers),
      most(plugin, (cost) => cost.routes),
    ]),
  };
}

function agreement(comparison: Comparison, index: number): string {
  const plugin = comparison.plugins[index];
  if (plugin?.features.enforcesPolicy === false) return 'enforces none';
  const same = comparison.flows.filter(
    (flow) => flow.walks[index]?.passed === flow.verdict.allowed,
  );
  return `${count(same.length)} of ${count(comparison.flows.length)}`;
}

const most = (
  plugin: PluginColumn,
  pick: (cost: PluginColumn['costs'][number]['cost']) => number,
) => count(Math.max(0, ...plugin.costs.map(({ cost }) => pick(cost))));
