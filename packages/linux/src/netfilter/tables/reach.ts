import type { Refusal } from '../refusal.ts';
import type { Chain, ProgrammedRule } from './chain.ts';
import { MOST_JUMPS } from './walk.ts';

const TOO_DEEP: Refusal = { code: 'EMLINK', why: 'chains jump in a loop or too deep' };
const WRONG_HOOK: Refusal = {
  code: 'EINVAL',
  why: 'the rule cannot stand in a chain that is reached from this hook',
};

/*
 * How deep below the built-in chains each chain of a table lies, and from which of them: the kernel
 * refuses loops, more than 15 jumps on end, and rules in places where they cannot work
 * (nft_chain_validate). Chains that nothing reaches are not looked at, not even if they make a loop.
 *
 * What chains remember is an upper bound: rules that go away do not lower it. Only when the bound
 * objects is all of it worked out anew.
 */

/** Holds a rule just put in a chain against that, and remembers where it leads. */
export const reachByRule = (
  chain: Chain,
  rule: ProgrammedRule,
  all: () => Iterable<Chain>,
): Refusal | undefined => {
  if (chain.level < 0 || extendByRule(chain, rule) === undefined) return undefined;
  return reachAnew(all());
};

/** Works it out from the built-in chains. */
export const reachAnew = (chains: Iterable<Chain>): Refusal | undefined => {
  const builtin: Chain[] = [];
  for (const chain of chains) {
    if (chain.hook !== undefined) {
      builtin.push(chain);
      continue;
    }
    chain.level = -1;
    chain.reachedFrom = 0;
  }
  for (const chain of builtin) {
    const refusal = extend(chain);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
};

const extend = (chain: Chain): Refusal | undefined => {
  for (const rule of chain.rules) {
    const refusal = extendByRule(chain, rule);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
};

const extendByRule = (chain: Chain, { hooks, target }: ProgrammedRule): Refusal | undefined => {
  if ((chain.reachedFrom & ~hooks) !== 0) return WRONG_HOOK;
  const next = target.chain;
  if (next === undefined) return undefined;
  // A goto keeps no way back, but counts all the same.
  const level = chain.level + 1;
  if (level > MOST_JUMPS) return TOO_DEEP;
  if (next.level >= level && (chain.reachedFrom & ~next.reachedFrom) === 0) return undefined;
  next.level = Math.max(next.level, level);
  next.reachedFrom |= chain.reachedFrom;
  return extend(next);
};
