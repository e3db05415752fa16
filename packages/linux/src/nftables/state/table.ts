import { refuse } from '../check/refuse.ts';
import type { Chain, NamedSet } from '../evaluate/objects.ts';
import type { NftFamily } from '../model/ruleset.ts';

/** A table: the names that its rules may use. */
export class NftTable {
  readonly family: NftFamily;
  readonly name: string;
  readonly handle: number;
  readonly comment: string | undefined;
  dormant = false;
  readonly chains = new Map<string, Chain>();
  readonly sets = new Map<string, NamedSet>();
  #lastHandle = 0;

  constructor(family: NftFamily, name: string, handle: number, comment: string | undefined) {
    this.family = family;
    this.name = name;
    this.handle = handle;
    this.comment = comment;
  }

  /** Chains, sets and rules of a table are numbered together. */
  nextHandle(): number {
    return ++this.#lastHandle;
  }

  /** Throws ENOENT. */
  chain(name: string): Chain {
    return this.chains.get(name) ?? noChain(name);
  }

  /** Throws ENOENT, and EOPNOTSUPP for a base chain. */
  chainToJumpTo(name: string): Chain {
    const chain = this.chain(name);
    if (chain.base !== undefined) {
      refuse('EOPNOTSUPP', `a rule cannot lead to the base chain ${name}`);
    }
    return chain;
  }

  /** Throws ENOENT. */
  set(name: string): NamedSet {
    return this.sets.get(name) ?? noSet(name);
  }
}

const noChain = (name: string): never => refuse('ENOENT', `there is no chain ${name}`);
const noSet = (name: string): never => refuse('ENOENT', `there is no set ${name}`);
