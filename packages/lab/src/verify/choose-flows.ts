import { Random } from '../fuzz/random.ts';
import type { LabFlow } from './lab-flow.ts';

/**
 * So many of the flows, by a seed: one of each kind, protocol and family, allowed and denied by policy, in turn. So the rare
 * ones are among few too, and among the first.
 */
export function chooseFlows(
  flows: readonly LabFlow[],
  count: number,
  seed: number,
): readonly LabFlow[] {
  const random = new Random(seed);
  const groups = [...Map.groupBy(flows, groupOf).values()].map((group) => shuffled(group, random));
  const chosen = new Set<LabFlow>();
  for (let round = 0; chosen.size < Math.min(count, flows.length); round++) {
    for (const group of groups) {
      const flow = group[round];
      if (flow !== undefined && chosen.size < count) chosen.add(flow);
    }
  }
  return [...chosen];
}

const groupOf = ({ kind, policy, flow }: LabFlow): string =>
  [kind, policy, flow.protocol, flow.family].join(' ');

function shuffled<T>(items: readonly T[], random: Random): readonly T[] {
  return items
    .map((item) => ({ item, at: random.fraction() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
