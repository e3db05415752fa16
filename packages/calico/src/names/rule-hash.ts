import { createHash } from 'node:crypto';

const HASH_LENGTH = 16;
const sha224 = (...parts: (string | Uint8Array)[]): Buffer => {
  const hash = createHash('sha224');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/**
 * The hashes that Felix puts into the comments of a chain's rules, one per rule in order. Each covers
 * its rule and, through the hash before it, every rule above, so that Felix sees any change in the
 * kernel by the first comment that differs. `renderRule` gives the `-A` line of a rule with its hash
 * comment replaced by the given word. Follows felix/generictables/rules.go.
 */
export const ruleHashes = <Rule>(
  chain: string,
  rules: readonly Rule[],
  renderRule: (chain: string, rule: Rule, hashWord: string) => string,
): readonly string[] => {
  let previous = sha224(chain);
  return rules.map((rule) => {
    previous = sha224(previous, renderRule(chain, rule, 'HASH'));
    return previous.toString('base64url').slice(0, HASH_LENGTH);
  });
};

/** The comment that carries a rule's hash. */
export const hashComment = (hash: string): string => `cali:${hash}`;

/** Name that stands for the rules which Felix appends to a kernel chain, in hashes only. */
export const appendedRulesChain = (chain: string): string => `${chain}*appends*`;
