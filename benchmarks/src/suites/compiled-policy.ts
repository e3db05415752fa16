import {
  type CompiledPolicy,
  compilePolicies,
  createEvaluator,
  type Kernel,
  type PolicyFlow,
} from '@podpath/policy';
import { timePolicyInC } from '../peers/c-policy.ts';
import { cCompiler, withoutCompiler } from '../peers/c-program.ts';
import { naiveAllows } from '../peers/naive-policy.ts';
import {
  buildPolicyCluster,
  POLICY_CLUSTERS,
  type PolicyWorkload,
} from '../workloads/policy-cluster.ts';
import { type PolicyStream, policyStream } from '../workloads/policy-flows.ts';
import type { SelfTimed, Subject, Suite, Timed } from './suite.ts';

const FLOWS = 1 << 16;
/** Of the stream, for those that are too slow for all of it, and to be held against the reference evaluator. */
const SAMPLE = 256;
const MOST_NAIVE_PODS = 5_000;

export const compiledPolicy: Suite = {
  name: 'compiled-policy',
  title: 'Compiled policies',
  about:
    'How many new connections a second policies compiled to tables judge, on one thread. It is the policy question alone, and no plugin is in it. ' +
    'The loop in C makes the same look-ups over the very same tables, built with -O3: it is what the machine allows.',
  quantity: 'rate',
  measure: 'verdicts a second',
  workloadTitle: 'Cluster',
  workloads: POLICY_CLUSTERS.map((workload) => {
    const { name, nodes, namespaces, pods, policies, seed } = workload;
    return {
      name,
      description: `${pods} pods on ${nodes} nodes in ${namespaces} namespaces with ${policies} policies${workload.adversarial ? ', every pod with a label value of its own that policies read' : ''}; ${FLOWS} connections, half of them drawn until they are allowed`,
      size: { nodes, namespaces, pods, policies },
      seed,
      quick: pods <= MOST_NAIVE_PODS,
      subjects: [
        ...(['wasm', 'js'] as const).map(
          (kernel): Subject => ({
            name: kernel === 'wasm' ? 'WebAssembly batch' : 'JavaScript batch',
            role: 'own',
            prepare: () => batch(workload, kernel),
          }),
        ),
        { name: 'one at a time', role: 'own', prepare: () => single(workload) },
        { name: 'reference evaluator', role: 'own', prepare: () => reference(workload) },
        {
          name: 'loop in C',
          role: 'peer',
          skip: withoutCompiler(),
          prepare: () => loopInC(workload),
        },
        {
          name: 'naive evaluator',
          role: 'peer',
          skip: pods > MOST_NAIVE_PODS ? 'a verdict takes it milliseconds' : undefined,
          prepare: () => naive(workload),
        },
      ],
    };
  }),
};

const prepare = (workload: PolicyWorkload) => {
  const cluster = buildPolicyCluster(workload);
  const compiled = compilePolicies(cluster);
  const stream = policyStream(cluster, compiled, FLOWS, workload.seed);
  return { cluster, compiled, stream, holds: holdsOf(compiled, stream) };
};

const holdsOf = ({ size }: CompiledPolicy, { flows }: PolicyStream) => ({
  'bytes of tables': size.bytes,
  identities: size.identities,
  rows: size.rows,
  flows: flows.length,
});

type Prepared = ReturnType<typeof prepare>;

/** Holds a sample of answers, from all over the stream, against the reference evaluator's. */
function checkSample(
  { cluster, stream }: Prepared,
  answer: (flow: PolicyFlow, at: number) => boolean,
): number {
  const { verdict } = createEvaluator(cluster);
  const step = stream.flows.length / SAMPLE;
  for (let each = 0; each < SAMPLE; each++) {
    const at = Math.floor(each * step);
    const flow = stream.flows[at];
    if (flow === undefined) continue;
    const expected = verdict(flow).allowed;
    if (answer(flow, at) !== expected) {
      throw new Error(`flow ${at}: expected ${expected}, got ${!expected}`);
    }
  }
  return SAMPLE;
}

function batch(workload: PolicyWorkload, kernel: Kernel): Timed {
  const prepared = prepare(workload);
  const { compiled, stream, holds } = prepared;
  const run = (): number => {
    compiled.verdicts(stream.batch, stream.out, kernel);
    return sum(stream.out);
  };
  return {
    kind: 'timed',
    operations: FLOWS,
    holds,
    run,
    check: () => {
      run();
      return checkSample(prepared, (_, at) => stream.out[at] === 1);
    },
  };
}

/** Some of the answers, which costs next to nothing. */
const sum = (verdicts: Uint8Array): number => {
  let total = 1;
  for (let at = 0; at < verdicts.length; at += 64) total += verdicts[at] ?? 0;
  return total;
};

function single(workload: PolicyWorkload): Timed {
  const prepared = prepare(workload);
  const { compiled, stream, holds } = prepared;
  const { from, to, protocol, port } = stream.batch;
  const judge = (at: number): boolean =>
    compiled.verdictOf(from[at] ?? 0, to[at] ?? 0, protocol[at] ?? 0, port[at] ?? 0);
  return {
    kind: 'timed',
    operations: FLOWS,
    holds,
    run: () => {
      let allowed = 0;
      for (let at = 0; at < FLOWS; at++) if (judge(at)) allowed++;
      return allowed;
    },
    check: () => checkSample(prepared, (_, at) => judge(at)),
  };
}

function loopInC(workload: PolicyWorkload): SelfTimed {
  const compiler = cCompiler();
  if (compiler === undefined) throw new RangeError('there is no compiler');
  const prepared = prepare(workload);
  const { compiled, stream, holds } = prepared;
  return {
    kind: 'self-timed',
    holds,
    run: (timeMs) => {
      const { p50Ns, p99Ns } = timePolicyInC(compiler, compiled, stream.batch, timeMs);
      return { p50Ns, p99Ns };
    },
    check: () => {
      const { verdicts } = timePolicyInC(compiler, compiled, stream.batch, 0);
      return checkSample(prepared, (_, at) => verdicts[at] === true);
    },
  };
}

function reference(workload: PolicyWorkload): Timed {
  const prepared = prepare(workload);
  const { cluster, compiled, stream } = prepared;
  const { verdict } = createEvaluator(cluster);
  const flows = stream.flows.slice(0, SAMPLE);
  return {
    kind: 'timed',
    operations: flows.length,
    holds: { policies: cluster.networkPolicies.length },
    run: () => flows.reduce((total, flow) => total + (verdict(flow).allowed ? 1 : 0), 0),
    check: () => checkSample(prepared, compiled.verdict),
  };
}

function naive(workload: PolicyWorkload): Timed {
  const prepared = prepare(workload);
  const { cluster, stream } = prepared;
  const podOf = (end: PolicyFlow['from']) =>
    end.kind === 'pod' ? cluster.pods.get(`${end.namespace}/${end.name}`) : undefined;
  const flows = stream.flows.slice(0, SAMPLE).flatMap((flow) => {
    const [from, to] = [podOf(flow.from), podOf(flow.to)];
    return from === undefined || to === undefined ? [] : [{ flow, from, to }];
  });
  const allows = ({ flow, from, to }: (typeof flows)[number]): boolean =>
    naiveAllows(cluster, from, to, flow.port, flow.protocol === 17 ? 'UDP' : 'TCP');
  return {
    kind: 'timed',
    operations: flows.length,
    holds: { policies: cluster.networkPolicies.length },
    run: () => flows.reduce((total, each) => total + (allows(each) ? 1 : 0), 0),
    check: () => {
      const { verdict } = createEvaluator(cluster);
      for (const each of flows) {
        const expected = verdict(each.flow).allowed;
        if (allows(each) !== expected) {
          throw new Error(`${JSON.stringify(each.flow)}: expected ${expected}`);
        }
      }
      return flows.length;
    },
  };
}
