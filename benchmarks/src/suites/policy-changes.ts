import type { Cluster, Pod } from '@podpath/cluster';
import {
  type CompiledPolicy,
  compilePolicies,
  createEvaluator,
  type PolicyChange,
  translatePolicies,
} from '@podpath/policy';
import {
  buildPolicyCluster,
  POLICY_CLUSTERS,
  type PolicyWorkload,
} from '../workloads/policy-cluster.ts';
import { policyStream } from '../workloads/policy-flows.ts';
import { createRandom } from '../workloads/random.ts';
import type { SelfTimed, Subject, Suite, Timed } from './suite.ts';

const CHECKED = 128;
const CHANGES_CHECKED = 32;
/** Changes that go before the clock starts: the first makes the indexes that all need. */
const WARM_UP = 500;
const MOST_QUICK_PODS = 5_000;
const TCP = 6;
const PORT = 8080;

export const policyChanges: Suite = {
  name: 'policy-changes',
  title: 'Compiling policies and keeping up',
  about:
    'How long it takes to compile policies from loaded objects, to bring the tables up to date with one change, and to ' +
    'read from them who reaches whom at one port of everything there is. On one thread.',
  quantity: 'duration',
  measure: 'time of one',
  workloadTitle: 'Cluster',
  workloads: POLICY_CLUSTERS.map((workload) => {
    const { name, nodes, namespaces, pods, policies, seed } = workload;
    const subject = (
      what: string,
      prepare: (workload: PolicyWorkload) => Timed | SelfTimed,
    ): Subject => ({ name: what, role: 'own', prepare: () => prepare(workload) });
    return {
      name,
      description: `${pods} pods on ${nodes} nodes in ${namespaces} namespaces with ${policies} policies; changes are drawn, half of them takes another back`,
      size: { nodes, namespaces, pods, policies },
      seed,
      quick: pods <= MOST_QUICK_PODS,
      subjects: [
        subject('compile', compile),
        subject('labels of a pod', (each) => changes(each, relabelled)),
        subject('pod goes or comes', (each) => changes(each, goneAndBack)),
        subject('policy goes or comes', (each) => changes(each, policyGoneAndBack)),
        subject('who reaches whom at one port', reach),
      ],
    };
  }),
};

function compile(workload: PolicyWorkload): Timed {
  const cluster = buildPolicyCluster(workload);
  const { size } = compilePolicies(cluster);
  return {
    kind: 'timed',
    operations: 1,
    holds: { 'bytes of tables': size.bytes, identities: size.identities, rows: size.rows },
    run: () => compilePolicies(cluster, translatePolicies(cluster)).size.rows,
    check: () => checkSample(workload, cluster, compilePolicies(cluster)),
  };
}

/** A change, and the one that takes it back. */
type Pair = readonly [PolicyChange, PolicyChange];
type Draw = (pick: <Item>(items: readonly Item[]) => Item) => Pair;

function changes(workload: PolicyWorkload, drawing: (cluster: Cluster) => Draw): SelfTimed {
  const cluster = buildPolicyCluster(workload);
  const compiled = compilePolicies(cluster);
  const random = createRandom(workload.seed);
  const draw = drawing(cluster);
  const next = (): Pair =>
    draw((items) => {
      const item = items[random.below(items.length)];
      if (item === undefined) throw new RangeError('there is nothing to pick from');
      return item;
    });
  return {
    kind: 'self-timed',
    holds: { 'bytes of tables': compiled.size.bytes, rows: compiled.size.rows },
    run: (timeMs) => {
      for (let turn = 0; turn < WARM_UP; turn++) for (const each of next()) compiled.update(each);
      const times: number[] = [];
      const until = performance.now() + timeMs;
      while (performance.now() < until || times.length === 0) {
        for (const each of next()) {
          const start = performance.now();
          compiled.update(each);
          times.push(performance.now() - start);
        }
      }
      times.sort((a, b) => a - b);
      const at = (part: number): number => 1e6 * (times[Math.floor(times.length * part)] ?? 0);
      return { p50Ns: at(0.5), p99Ns: at(0.99) };
    },
    check: () => {
      for (let turn = 0; turn < CHANGES_CHECKED; turn++) {
        for (const each of next()) compiled.update(each);
      }
      return checkSample(workload, cluster, compiled);
    },
  };
}

/** A pod gets the labels of another's app, and its own again. */
const relabelled = ({ pods }: Cluster): Draw => {
  const list = [...pods.values()];
  return (pick) => {
    const pod = pick(list);
    const { app = '', tier = '' } = pick(list).labels;
    const changed: Pod = { ...pod, labels: { ...pod.labels, app, tier } };
    return [
      { kind: 'pod', pod: changed },
      { kind: 'pod', pod },
    ];
  };
};

const goneAndBack = ({ pods }: Cluster): Draw => {
  const list = [...pods.values()];
  return (pick) => {
    const pod = pick(list);
    const { namespace, name } = pod;
    return [
      { kind: 'pod removed', namespace, name },
      { kind: 'pod', pod },
    ];
  };
};

/** Their order does not matter: all of them only allow. */
const policyGoneAndBack = (cluster: Cluster): Draw => {
  const list = translatePolicies(cluster).tiers.flatMap(({ name, policies }) =>
    policies.map((policy) => ({ tier: name, policy })),
  );
  return (pick) => {
    const { tier, policy } = pick(list);
    return [
      { kind: 'policy removed', tier, ref: policy.ref },
      { kind: 'policy', tier, policy },
    ];
  };
};

function reach(workload: PolicyWorkload): Timed {
  const cluster = buildPolicyCluster(workload);
  const compiled = compilePolicies(cluster);
  const matrix = compiled.matrix();
  const trafficClass = matrix.classes.findIndex((ranges) =>
    ranges.some(({ protocol, first, last }) => protocol === TCP && first <= PORT && PORT <= last),
  );
  return {
    kind: 'timed',
    operations: 1,
    holds: { identities: matrix.identities.length },
    run: () => {
      let sum = 1;
      matrix.reach(trafficClass, (to, sources) => {
        for (let word = 0; word < sources.length; word++) sum += (sources[word] ?? 0) & 0xff;
        sum += to;
      });
      return sum;
    },
    check: () => {
      const numbers = matrix.identities.map(({ end, family }) => compiled.endOf(end, family) ?? -1);
      const random = createRandom(workload.seed);
      let checked = 0;
      matrix.reach(trafficClass, (to, sources) => {
        const from = random.below(numbers.length);
        const kinds = [matrix.identities[from]?.kind, matrix.identities[to]?.kind];
        if (from === to || kinds.includes('node')) return;
        const said = (((sources[from >>> 5] ?? 0) >>> (from & 31)) & 1) === 1;
        const expected = compiled.verdictOf(numbers[from] ?? -1, numbers[to] ?? -1, TCP, PORT);
        if (said !== expected) throw new Error(`${from} to ${to}: expected ${expected}`);
        checked++;
      });
      return checked;
    },
  };
}

function checkSample(workload: PolicyWorkload, cluster: Cluster, compiled: CompiledPolicy): number {
  const { flows } = policyStream(cluster, compiled, CHECKED, workload.seed);
  const { verdict } = createEvaluator(cluster);
  for (const flow of flows) {
    const expected = verdict(flow).allowed;
    if (compiled.verdict(flow) !== expected) {
      throw new Error(`${JSON.stringify(flow)}: expected ${expected}`);
    }
  }
  return flows.length;
}
