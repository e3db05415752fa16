import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { EVERYTHING, end, testCluster, testPod, testPolicy, testRule } from '../test-cluster.ts';
import { compilePolicies } from './compile.ts';

const WORKER = `
import { parentPort, workerData } from 'node:worker_threads';
const { attachPolicies } = await import(workerData.module);
const { memory, from, to } = workerData;
const policies = attachPolicies(memory);
const answers = ['js', 'wasm'].map((kernel) => {
  const { batch, out } = policies.createBatch(from.length);
  batch.from.set(from);
  batch.to.set(to);
  batch.protocol.fill(6);
  batch.port.fill(80);
  policies.verdicts(batch, out, kernel);
  return [...out];
});
parentPort.postMessage([...answers, from.map((one, at) => policies.verdictOf(one, to[at], 6, 80))]);
`;

it('a worker judges by the same tables', async () => {
  const compiled = compilePolicies(
    testCluster({
      pods: [testPod('a/x', '10.0.0.1'), testPod('b/y', '10.0.0.2')],
      policies: [
        testPolicy('a/p', EVERYTHING, { ingress: [testRule([{ podSelector: EVERYTHING }])] }),
      ],
    }),
  );
  const [x, y] = [compiled.endOf(end('a/x'), 4), compiled.endOf(end('b/y'), 4)];
  const module = new URL('./attach.ts', import.meta.url).href;
  const worker = new Worker(WORKER, {
    eval: true,
    execArgv: ['--conditions=@podpath/source', '--input-type=module'],
    workerData: { memory: compiled.memory, module, from: [x, y, x], to: [y, x, x] },
  });
  const answers = await new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  await worker.terminate();
  expect(answers).toEqual([
    [1, 0, 1],
    [1, 0, 1],
    [1, 0, 1],
  ]);
});
