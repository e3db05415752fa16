import { expect } from 'vitest';
import type { PolicyEvaluator } from '../evaluator.ts';
import { type PolicyFlow, PolicyFlowError } from '../flow.ts';
import { protocolNumber } from '../protocols.ts';
import type { CompiledPolicy } from './compile.ts';

/** Allowed, denied, or why there is no such flow. */
const answer = (judge: (flow: PolicyFlow) => boolean, asked: PolicyFlow): boolean | string => {
  try {
    return judge(asked);
  } catch (error) {
    if (error instanceof PolicyFlowError) return error.code;
    throw error;
  }
};

const ECHO = { 4: { type: 8, code: 0 }, 6: { type: 128, code: 0 } } as const;

/** What each way to judge a batch says of the flows that exist; those that name no family are IPv6. */
const batchAnswers = (
  compiled: CompiledPolicy,
  asked: readonly PolicyFlow[],
): readonly (readonly boolean[])[] => {
  const rows = asked.flatMap(({ from, to, protocol, port, icmp, family = 6 }) => {
    const [source, target] = [compiled.endOf(from, family), compiled.endOf(to, family)];
    if (source === undefined || target === undefined) return [];
    const number = protocolNumber(protocol, family);
    const { type, code } = icmp ?? ECHO[family];
    const isIcmp = number === 1 || number === 58;
    return [{ source, target, number, port: isIcmp ? type * 256 + code : port }];
  });
  const batch = {
    from: Uint32Array.from(rows, ({ source }) => source),
    to: Uint32Array.from(rows, ({ target }) => target),
    protocol: Uint8Array.from(rows, ({ number }) => number),
    port: Uint16Array.from(rows, ({ port }) => port),
  };
  const native = compiled.createBatch(rows.length);
  native.batch.from.set(batch.from);
  native.batch.to.set(batch.to);
  native.batch.protocol.set(batch.protocol);
  native.batch.port.set(batch.port);
  const [js, wasm] = [new Uint8Array(rows.length), new Uint8Array(rows.length)];
  compiled.verdicts(batch, js, 'js');
  compiled.verdicts(batch, wasm, 'wasm');
  compiled.verdicts(native.batch, native.out, 'wasm');
  return [
    rows.map((one) => compiled.verdictOf(one.source, one.target, one.number, one.port)),
    ...[js, wasm, native.out].map((out) => [...out].map((each) => each === 1)),
  ];
};

/** What the reference evaluator says of the same flows. Batches have no source ports. */
const referenceBatch = (
  reference: PolicyEvaluator,
  asked: readonly PolicyFlow[],
): readonly boolean[] =>
  asked.flatMap(({ sourcePort: _, ...each }) => {
    const { family = 6 } = each;
    const said = answer((one) => reference.verdict(one).allowed, { ...each, family });
    return typeof said === 'boolean' ? [said] : [];
  });

/** Holds every way to a compiled verdict to the reference evaluator. Returns how many flows are allowed, and how many denied. */
export const expectEqualVerdicts = (
  compiled: CompiledPolicy,
  reference: PolicyEvaluator,
  asked: readonly PolicyFlow[],
): { readonly allowed: number; readonly denied: number } => {
  const expected = asked.map((flow) => answer((one) => reference.verdict(one).allowed, flow));
  for (const [at, flow] of asked.entries()) {
    const said = answer(compiled.verdict, flow);
    if (said !== expected[at]) expect({ flow, said }).toEqual({ flow, said: expected[at] });
  }
  const inBatch = referenceBatch(reference, asked);
  for (const answers of batchAnswers(compiled, asked)) expect(answers).toEqual(inBatch);
  const count = (which: boolean) => expected.filter((each) => each === which).length;
  return { allowed: count(true), denied: count(false) };
};
