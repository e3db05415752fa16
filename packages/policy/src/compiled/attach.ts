import { BatchJudge, type FlowBatch, type Kernel } from './batch-judge.ts';
import { judgeOne } from './kernel.ts';
import { Layout } from './layout.ts';
import { Tables } from './tables.ts';
import type { SharedMemory } from './web-assembly.ts';

/** Compiled policies in another thread: 1 allowed, 0 denied, 2 where host endpoints have a say and only the owner knows. */
export interface AttachedPolicies {
  verdicts(batch: FlowBatch, out: Uint8Array, kernel?: Kernel): void;
  verdictOf(from: number, to: number, protocol: number, port: number): number;
  createBatch(capacity: number): { readonly batch: FlowBatch; readonly out: Uint8Array };
}

/**
 * Judges by the tables of `CompiledPolicy.memory`, which a message can carry to a worker. Nobody may judge while the owner
 * updates them.
 */
export const attachPolicies = (memory: SharedMemory): AttachedPolicies => {
  const tables = new Tables(memory);
  const layout = new Layout(tables);
  const batches = new BatchJudge(tables, layout);
  return {
    verdicts: (batch, out, kernel = 'wasm') => batches.judge(batch, out, kernel),
    verdictOf: (from, to, protocol, port) => judgeOne(layout.places(), from, to, protocol, port),
    createBatch: (capacity) => batches.createBatch(capacity),
  };
};
