import { refuse } from '../check/refuse.ts';
import { type Chain, isCompiledVerdict, type ProgrammedRule } from '../evaluate/objects.ts';
import { MOST_JUMPS } from '../evaluate/walk.ts';
import type { NftTable } from './table.ts';

/*
 * How deep below the base chains each chain of a table lies, and from what kinds of them it is reached: the
 * kernel refuses loops, more than 15 jumps on end, and statements where they cannot work
 * (nft_chain_validate). Chains that nothing reaches are not looked at, not even if they make a loop.
 *
 * What chains remember is an upper bound: rules that go away do not lower it. Only when the bound objects
 * is all of the table worked out anew.
 */

/** Holds what a transaction added against that. Throws `Refused`. */
export const checkReach = (leads: ReadonlyMap<ProgrammedRule, NftTable>): void => {
  for (const [rule, table] of leads) {
    const { chain } = rule;
    if (chain.level < 0 || !rule.isThere || extendByRule(rule) === undefined) continue;
    const fault = reachAnew(table);
    if (fault !== undefined) refuse(fault.code, fault.why);
  }
};

interface Fault {
  readonly code: string;
  readonly why: string;
}

const TOO_DEEP: Fault = { code: 'EMLINK', why: 'chains jump in a loop or too deep' };
const WRONG_PLACE: Fault = {
  code: 'EOPNOTSUPP',
  why: 'the rule cannot stand in a chain that is reached from this hook, or from this type of chain',
};

const reachAnew = (table: NftTable): Fault | undefined => {
  for (const chain of table.chains.values()) {
    chain.level = chain.base === undefined ? -1 : 0;
    chain.reachedFrom = chain.place;
  }
  for (const chain of table.chains.values()) {
    if (chain.base === undefined) continue;
    const fault = extend(chain);
    if (fault !== undefined) return fault;
  }
  return undefined;
};

const extend = (chain: Chain): Fault | undefined => {
  for (const rule of chain.rules) {
    const fault = extendByRule(rule);
    if (fault !== undefined) return fault;
  }
  return undefined;
};

const extendByRule = ({ chain, compiled }: ProgrammedRule): Fault | undefined => {
  if ((chain.reachedFrom & ~compiled.places) !== 0) return WRONG_PLACE;
  for (const next of compiled.leadsTo) {
    const fault = extendTo(next, chain);
    if (fault !== undefined) return fault;
  }
  for (const { set } of compiled.leadsThrough) {
    for (const { data } of set.elements()) {
      if (!isCompiledVerdict(data) || data.chain === undefined) continue;
      const fault = extendTo(data.chain, chain);
      if (fault !== undefined) return fault;
    }
  }
  return undefined;
};

const extendTo = (next: Chain, from: Chain): Fault | undefined => {
  // A goto keeps no way back, but counts all the same.
  const level = from.level + 1;
  if (level > MOST_JUMPS) return TOO_DEEP;
  if (next.level >= level && (from.reachedFrom & ~next.reachedFrom) === 0) return undefined;
  next.level = Math.max(next.level, level);
  next.reachedFrom |= from.reachedFrom;
  return extend(next);
};
