import type { Cluster, Flow, Pod } from '@podpath/cluster';
import type { NetworkPlugin } from '@podpath/cni';
import { createEvaluator } from '@podpath/policy';
import { naiveAllows } from '../peers/naive-policy.ts';
import { install, PLUGINS } from '../plugins.ts';
import { keepFlowsNew } from '../workloads/source-ports.ts';
import { flowStream } from '../workloads/streams.ts';
import { buildCluster, CLUSTERS, onCluster, type Workload } from '../workloads/workload.ts';
import type { Subject, Suite, Timed } from './suite.ts';

const FLOWS = 256;

export const policyEvaluation: Suite = {
  name: 'policy-evaluation',
  title: 'Policy evaluation',
  about:
    'How many new connections a second get their verdict. For a plugin this is the faithful way: the first packet walks the ' +
    'chains and sets that the plugin programmed, devices and routing included. For the evaluators it is the policy question alone. ' +
    'The two are different work and are not to be compared with each other.',
  quantity: 'rate',
  measure: 'verdicts a second',
  workloadTitle: 'Cluster',
  workloads: CLUSTERS.map((workload) =>
    onCluster(
      workload,
      `${workload.pods} pods and ${workload.policies} policies on ${workload.nodes} nodes; ${FLOWS} new TCP connections between pods on eight of the nodes`,
      [
        ...PLUGINS.map(
          (plugin): Subject => ({
            name: `${plugin.name} walk`,
            role: 'plugin',
            prepare: () => walk(plugin, workload),
          }),
        ),
        { name: 'reference evaluator', role: 'own', prepare: () => evaluator(workload) },
        { name: 'naive evaluator', role: 'peer', prepare: () => naive(workload) },
      ],
    ),
  ),
};

const podOf = (cluster: Cluster, end: Flow['from']): Pod => {
  const pod = end.kind === 'pod' ? cluster.pods.get(`${end.namespace}/${end.name}`) : undefined;
  if (pod === undefined) throw new RangeError('the stream has flows between pods only');
  return pod;
};

const oracle = (cluster: Cluster, flow: Flow): boolean =>
  naiveAllows(cluster, podOf(cluster, flow.from), podOf(cluster, flow.to), flow.port);

function walk(plugin: NetworkPlugin, workload: Workload): Timed {
  const path = install(plugin, buildCluster(workload));
  const flows = flowStream(path.cluster, FLOWS, workload.seed);
  const allows = (flow: Flow): boolean => {
    const { outcome } = path.send(flow, { trace: false });
    return outcome === 'delivered' || outcome === 'refused';
  };
  const { rules, setMembers } = path.cost('node-0');
  const run = (): number => flows.reduce((sum, flow) => sum + (allows(flow) ? 1 : 0), 0);
  return {
    kind: 'timed',
    operations: flows.length,
    holds: { rules, 'set members': setMembers },
    run,
    rest: keepFlowsNew(path, run, flows.length),
    check: () =>
      checkAll(
        flows,
        allows,
        (flow) => !plugin.features.enforcesPolicy || oracle(path.cluster, flow),
      ),
  };
}

function evaluator(workload: Workload): Timed {
  const cluster = buildCluster(workload);
  const flows = policyFlows(cluster, workload);
  const judge = createEvaluator(cluster);
  return {
    kind: 'timed',
    operations: flows.length,
    holds: { policies: cluster.networkPolicies.length },
    run: () => flows.reduce((sum, flow) => sum + (judge.verdict(flow).allowed ? 1 : 0), 0),
    check: () =>
      checkAll(
        flows,
        (flow) => judge.verdict(flow).allowed,
        (flow) => oracle(cluster, flow),
      ),
  };
}

function naive(workload: Workload): Timed {
  const cluster = buildCluster(workload);
  const flows = policyFlows(cluster, workload);
  const judge = createEvaluator(cluster);
  return {
    kind: 'timed',
    operations: flows.length,
    holds: { policies: cluster.networkPolicies.length },
    run: () => flows.reduce((sum, flow) => sum + (oracle(cluster, flow) ? 1 : 0), 0),
    check: () =>
      checkAll(
        flows,
        (flow) => oracle(cluster, flow),
        (flow) => judge.verdict(flow).allowed,
      ),
  };
}

/** The stream between pods, as the evaluator takes it. */
function policyFlows(cluster: Cluster, workload: Workload) {
  return flowStream(cluster, FLOWS, workload.seed).map((flow) => {
    const { from, to } = flow;
    if (from.kind === 'service' || to.kind === 'service')
      throw new RangeError('the stream has no Services');
    return { ...flow, from, to };
  });
}

function checkAll<F extends Flow>(
  flows: readonly F[],
  answer: (flow: F) => boolean,
  expected: (flow: F) => boolean,
): number {
  for (const flow of flows) {
    if (answer(flow) !== expected(flow)) {
      throw new Error(`${JSON.stringify(flow)}: expected ${expected(flow)}, got ${answer(flow)}`);
    }
  }
  return flows.length;
}
