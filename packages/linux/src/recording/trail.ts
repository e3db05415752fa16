import type { Hop, Step } from '../trace.ts';

/**
 * The steps of a packet so far, last first. Copies of a packet (a flooded frame) share the steps up
 * to where they parted, so that copying costs nothing.
 */
export interface Trail {
  readonly namespace: string;
  readonly step: Step;
  readonly previous: Trail | undefined;
}

/** Steps in order, grouped by the namespace that they happened in. */
export function hopsOf(trail: Trail | undefined): readonly Hop[] {
  const hops: { namespace: string; steps: Step[] }[] = [];
  for (let at = trail; at !== undefined; at = at.previous) {
    const hop = hops.at(-1);
    if (hop?.namespace === at.namespace) hop.steps.push(at.step);
    else hops.push({ namespace: at.namespace, steps: [at.step] });
  }
  for (const hop of hops) hop.steps.reverse();
  return hops.reverse();
}
