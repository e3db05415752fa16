import { setImmediate } from 'node:timers/promises';
import type { Cluster, Flow, Pod } from '@podpath/cluster';
import type { DataPath, NetworkPlugin, Trace } from '../plugin.ts';
import type { ComparedFlow, Comparison, PluginColumn, Walk } from './comparison.ts';
import { type Workload, workloadsOf } from './workload.ts';

export interface CompareOptions {
  /** Flows to walk at most for each plugin. Default 20,000. */
  readonly maxFlows?: number;
  /** Nodes whose cost is counted: evenly spread over the cluster. Default 10. */
  readonly maxCostNodes?: number;
  /** Called as flows are walked, for a progress bar. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** A plugin with the options from outside that it is to run with. */
export interface PluginChoice {
  readonly plugin: NetworkPlugin;
  readonly options?: unknown;
}

/** Flows between two breaths: whoever shows progress, or answers requests beside this, gets its turn. */
const FLOWS_BETWEEN_BREATHS = 32;

/**
 * Walks every workload to every declared port of every other workload, under each plugin, and counts what
 * each plugin programs. Rejects with OptionsError when a plugin refuses its options.
 */
export async function comparePlugins(
  cluster: Cluster,
  choices: readonly PluginChoice[],
  options: CompareOptions = {},
): Promise<Comparison> {
  const { maxFlows = 20_000, maxCostNodes = 10, onProgress } = options;
  const paths = choices.map(({ plugin, options: given }) =>
    plugin.install(cluster, plugin.configure(given)),
  );
  const workloads = workloadsOf(cluster);
  const total = countFlows(workloads);
  const limit = Math.min(total, maxFlows);
  const flows: ComparedFlow[] = [];
  for (const [from, to, port] of pairs(workloads)) {
    if (flows.length === limit) break;
    flows.push(compareFlow(from, to, port, paths));
    onProgress?.(flows.length, limit);
    if (flows.length % FLOWS_BETWEEN_BREATHS === 0) await setImmediate();
  }
  const costNodes = spread([...cluster.nodes.keys()], maxCostNodes);
  return {
    cluster: {
      nodes: cluster.nodes.size,
      pods: cluster.pods.size,
      workloads: workloads.length,
      services: cluster.services.size,
      networkPolicies: cluster.networkPolicies.length,
      notes: cluster.notes,
      ignoredKinds: Object.fromEntries(cluster.ignoredKinds),
    },
    plugins: choices.map(({ plugin }, index) => column(plugin, paths, flows, index, costNodes)),
    flows,
    ...(limit < total ? { truncated: { walked: limit, total } } : {}),
  };
}

function* pairs(
  workloads: readonly Workload[],
): Generator<[Workload, Workload, Workload['ports'][number]]> {
  for (const from of workloads) {
    for (const to of workloads) {
      if (from === to) continue;
      for (const port of to.ports) yield [from, to, port];
    }
  }
}

/** Every workload talks to the ports of every other. */
const countFlows = (workloads: readonly Workload[]): number =>
  workloads.reduce((sum, to) => sum + to.ports.length, 0) * Math.max(0, workloads.length - 1);

function compareFlow(
  from: Workload,
  to: Workload,
  port: Workload['ports'][number],
  paths: readonly DataPath[],
): ComparedFlow {
  const flow: Flow = { from: podEnd(from.pod), to: podEnd(to.pod), ...port };
  const [first] = paths;
  if (first === undefined) throw new RangeError('compare at least one plugin');
  return {
    from: from.name,
    to: to.name,
    ...port,
    sameNode: from.pod.node === to.pod.node,
    verdict: first.verdict(flow),
    walks: paths.map((path) => walkOf(path.send(flow))),
  };
}

const podEnd = (pod: Pod): Flow['from'] => ({
  kind: 'pod',
  namespace: pod.namespace,
  name: pod.name,
});

function walkOf(trace: Trace): Walk {
  const steps = trace.packet.request.flatMap((hop) => hop.steps);
  return {
    outcome: trace.outcome,
    reason: trace.reason,
    passed: trace.outcome === 'delivered' || trace.outcome === 'refused',
    hops: trace.packet.request.length,
    rulesMatched: steps.filter((step) => step.kind === 'rule').length,
    encapsulations: steps.filter((step) => step.kind === 'encapsulate').length,
  };
}

function column(
  plugin: NetworkPlugin,
  paths: readonly DataPath[],
  flows: readonly ComparedFlow[],
  index: number,
  costNodes: readonly string[],
): PluginColumn {
  const path = paths[index];
  if (path === undefined) throw new RangeError(`no data path for ${plugin.name}`);
  return {
    name: plugin.name,
    title: plugin.title,
    features: plugin.features,
    notes: path.notes,
    overlay: path.overlay,
    costs: costNodes.map((node) => ({ node, cost: path.cost(node) })),
    open: flows.filter((flow) => flow.walks[index]?.passed === true).length,
  };
}

/** At most `count` of the items, evenly spread, the first and the last included. */
function spread<T>(items: readonly T[], count: number): readonly T[] {
  if (items.length <= count) return items;
  const step = (items.length - 1) / Math.max(1, count - 1);
  const picked = new Set(Array.from({ length: count }, (_, index) => Math.round(index * step)));
  return items.filter((_, index) => picked.has(index));
}
