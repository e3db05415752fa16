import type { FelixChain } from '../rendering/felix-rule.ts';

/**
 * The chains that packets can come to from the given ones, in the order given. Felix writes no others:
 * a policy that nothing jumps to, or failsafes without a host endpoint, stay out of the kernel.
 */
export const reachableChains = (
  roots: readonly string[],
  chains: readonly FelixChain[],
): readonly FelixChain[] => {
  const byName = new Map(chains.map((chain) => [chain.name, chain]));
  const reached = new Set<string>();
  const waiting = [...roots];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const chain = byName.get(name);
    if (chain === undefined || reached.has(name)) continue;
    reached.add(name);
    for (const { action } of chain.rules) {
      if (action?.kind === 'jump' || action?.kind === 'goto') waiting.push(action.chain);
    }
  }
  return chains.filter((chain) => reached.has(chain.name));
};
