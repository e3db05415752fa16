import type { NftSetUpdate } from '../model/statement.ts';
import { decodeKey } from '../sets/decode-key.ts';
import { keyWriter } from './lookup-key.ts';
import { count, type NamedSet, type StatementFunction, Step } from './objects.ts';

/** `add`, `update` and `delete @set { … }` (net/netfilter/nft_dynset.c). A full set ends the rule. */
export const compileSetUpdate = (
  { op, key, timeoutMs, counter }: NftSetUpdate,
  { set }: NamedSet,
): StatementFunction => {
  const write = keyWriter(key);
  const anew = {
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(counter === undefined ? {} : { counter }),
  };
  return (at) => {
    if (!write(at)) return Step.BREAK;
    const found = set.find(at.key);
    if (op === 'delete') {
      if (found !== undefined) set.delete(found);
      return Step.NEXT;
    }
    if (found === undefined) {
      const learnt = set.learn(at.key, () => ({ key: decodeKey(set.key, at.key) }), anew);
      if (learnt === undefined) return Step.BREAK;
      count(learnt, at);
      return Step.NEXT;
    }
    if (op === 'update') set.renew(found, timeoutMs);
    count(found, at);
    return Step.NEXT;
  };
};
