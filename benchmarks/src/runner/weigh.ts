import process from 'node:process';
import type { Weighed } from '../suites/suite.ts';

/** Bytes of heap, array buffers included, that each thing takes up. Needs Node's `--expose-gc`. */
export function weigh({ things, make, makeWithout }: Weighed): number {
  const without = makeWithout === undefined ? 0 : weightOf(makeWithout);
  return (weightOf(make) - without) / things;
}

/** What is made only once (caches, compiled code) is there before anything is weighed, and nothing goes meanwhile. */
function weightOf(make: () => unknown): number {
  const made = [make()];
  const before = heapBytes();
  made.push(make());
  const after = heapBytes();
  // Held until here, so that all of it was there to be weighed.
  made.length = 0;
  return after - before;
}

function heapBytes(): number {
  if (globalThis.gc === undefined) throw new Error('memory is measured with --expose-gc only');
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
