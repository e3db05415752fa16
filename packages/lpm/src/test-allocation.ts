/**
 * Bytes that one call puts on the heap once the engine has optimised it: the least of many tries, because
 * the engine itself allocates now and then. Not part of the package.
 */
export const allocatedBytes = (call: () => void): number => {
  for (let warmUp = 0; warmUp < 2000; warmUp++) call();
  let least = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 50; attempt++) {
    const before = process.memoryUsage().heapUsed;
    call();
    const grown = process.memoryUsage().heapUsed - before;
    // Less than nothing: a collection came in between.
    if (grown >= 0) least = Math.min(least, grown);
  }
  return least - measuringBytes();
};

/** What reading the heap's size twice costs by itself. */
const measuringBytes = (): number => {
  let least = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 50; attempt++) {
    const before = process.memoryUsage().heapUsed;
    const grown = process.memoryUsage().heapUsed - before;
    if (grown >= 0) least = Math.min(least, grown);
  }
  return least;
};
