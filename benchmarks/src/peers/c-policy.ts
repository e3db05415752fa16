import type { CompiledPolicy, FlowBatch } from '@podpath/policy';
import { C_POLICY_SOURCE } from './c-policy-source.ts';
import { runProgram } from './c-program.ts';

export interface PolicyTimes {
  /** Of a verdict. */
  readonly p50Ns: number;
  readonly p99Ns: number;
  /** Each flow's. */
  readonly verdicts: readonly boolean[];
}

/** Lets a program in C judge the batch over the same tables, again and again for so long. Throws when it cannot be built or run. */
export function timePolicyInC(
  compiler: string,
  { memory, size }: CompiledPolicy,
  { from, to, port, protocol }: FlowBatch,
  timeMs: number,
): PolicyTimes {
  const tables = new Uint8Array(memory.buffer, 0, size.bytes);
  const parts = [Uint32Array.of(tables.length, from.length), tables, from, to, port, protocol];
  const stdin = Buffer.concat(
    parts.map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength)),
  );
  const output = runProgram(compiler, C_POLICY_SOURCE, '-O3', [String(timeMs)], stdin);
  const [p50Ns = Number.NaN, p99Ns = Number.NaN] = output.split(' ', 2).map(Number);
  const verdicts = [...output.slice(output.lastIndexOf(' ') + 1)].map((each) => each === '1');
  return { p50Ns, p99Ns, verdicts };
}
