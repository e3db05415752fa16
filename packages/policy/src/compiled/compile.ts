import type { Cluster } from '@podpath/cluster';
import type { IpFamily } from '@podpath/net';
import type { Knowledge } from '../address-knowledge.ts';
import type { PolicyEnd, PolicyFlow } from '../flow.ts';
import type { PolicyModel } from '../model.ts';
import { translatePolicies } from '../translate-policies.ts';
import { BatchJudge, type FlowBatch, type Kernel } from './batch-judge.ts';
import type { PolicyChange } from './changes.ts';
import type { CompiledSize } from './compiled-size.ts';
import { CompiledState } from './compiled-state.ts';
import { ALLOWED, ASK, judgeOne } from './kernel.ts';
import { Layout } from './layout.ts';
import { createMatrix, type IdentityMatrix } from './matrix.ts';
import { ReferencePath } from './reference-path.ts';
import { Updates } from './updates.ts';
import type { SharedMemory } from './web-assembly.ts';

/** Verdicts of one cluster out of tables. It says whether, the reference evaluator says why. */
export interface CompiledPolicy {
  /**
   * Whether a flow is allowed, exactly as the reference evaluator has it. Throws `PolicyFlowError` when an end does not exist
   * or the ends have no address family in common.
   */
  verdict(flow: PolicyFlow): boolean;
  /**
   * Judges a batch into `out`: 1 for what is allowed, 0 for what is not, and for flows that cannot exist. Source ports are taken
   * to be the first ephemeral one, as `verdict` takes them when none is given. Allocates nothing, unless host
   * endpoints have a say. Throws `RangeError` when the arrays are not equally long or `out` is shorter.
   */
  verdicts(batch: FlowBatch, out: Uint8Array, kernel?: Kernel): void;
  /**
   * Brings the tables up to date with a change, which costs about as much as what it changes. The first one makes the indexes
   * that all need. Throws `PolicyChangeError`, and changes nothing, when it names what is not there.
   */
  update(change: PolicyChange): void;
  /** One of a batch. */
  verdictOf(from: number, to: number, protocol: number, port: number): boolean;
  /** A batch, and an array for its verdicts, where the WebAssembly kernel need not copy them from. */
  createBatch(capacity: number): { readonly batch: FlowBatch; readonly out: Uint8Array };
  /**
   * The number of an end in batches; `undefined` when it does not exist or has no address of the family. An address
   * outside has that of all that rules cannot tell from it.
   */
  endOf(end: PolicyEnd, family: IpFamily): number | undefined;
  /** Who may reach whom, by what policies tell apart, as it is now. */
  matrix(): IdentityMatrix;
  /** Where the tables are. Worker threads get at them by `attachPolicies`. */
  readonly memory: SharedMemory;
  /** Sizes, for reports. */
  readonly size: CompiledSize;
}

/**
 * Compiles a model for a cluster. What host endpoints have a say in, and source ports that a rule asks for, is left to
 * the reference evaluator; everything else is a look-up in each direction.
 */
export const compilePolicies = (
  cluster: Cluster,
  model: PolicyModel = translatePolicies(cluster),
  knowledge: Knowledge = {},
): CompiledPolicy => {
  const state = new CompiledState(cluster, model, knowledge);
  const updates = new Updates(state);
  const reference = new ReferencePath(
    () => state.world.cluster(cluster),
    () => state.policies.model(model),
    knowledge,
  );
  const layout = new Layout(state.tables);
  let places = layout.places();
  const batches = new BatchJudge(state.tables, layout);
  const ask = (from: number, to: number, protocol: number, port: number): boolean =>
    reference.verdict({
      from: state.ends.endAt(from),
      to: state.ends.endAt(to),
      protocol,
      port,
      icmp: { type: port >> 8, code: port & 255 },
      family: (from & 1) === 0 ? 4 : 6,
    });
  return {
    verdict: (flow) => {
      const { from, to } = state.ends.resolve(flow);
      const asked = reference.inTables(flow, (from & 1) === 0 ? 4 : 6);
      if (asked === undefined) return reference.verdict(flow);
      const verdict = judgeOne(places, from, to, asked.protocol, asked.port);
      return verdict === ASK ? reference.verdict(flow) : verdict === ALLOWED;
    },
    verdicts: (batch, out, which = 'wasm') => {
      batches.judge(batch, out, which);
      if (!state.ends.mayAsk) return;
      const { from, to, protocol, port } = batch;
      for (let at = 0; at < from.length; at++) {
        if (out[at] !== ASK) continue;
        out[at] = ask(from[at] ?? 0, to[at] ?? 0, protocol[at] ?? 0, port[at] ?? 0) ? 1 : 0;
      }
    },
    update: (change) => {
      updates.apply(change);
      places = layout.places();
      reference.forget(change.kind === 'policy' ? change.policy : undefined);
    },
    verdictOf: (from, to, protocol, port) => {
      const verdict = judgeOne(places, from, to, protocol, port);
      return verdict === ASK ? ask(from, to, protocol, port) : verdict === ALLOWED;
    },
    createBatch: (capacity) => batches.createBatch(capacity),
    endOf: (end, family) => state.ends.numberOf(end, family),
    matrix: () => createMatrix(state),
    memory: state.tables.memory,
    get size() {
      return state.size;
    },
  };
};
