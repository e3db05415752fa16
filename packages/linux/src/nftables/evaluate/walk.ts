import type { HookVerdict } from '../../netfilter/netfilter.ts';
import { LEAST_RULES, type Screens } from '../../netfilter/tables/screens.ts';
import { type Chain, type Evaluation, type ProgrammedRule, Step } from './objects.ts';

/** As many jumps as the kernel follows (NFT_JUMP_STACK_SIZE less the base chain). */
export const MOST_JUMPS = 15;

/** Takes packets through chains (net/netfilter/nf_tables_core.c). Its stack is reused, so that a walk allocates nothing. */
export class NftWalker {
  readonly #chains: Chain[] = [];
  readonly #indices = new Uint32Array(MOST_JUMPS + 1);

  /** `undefined` lets the packet on to what else is at the hook. */
  walk(base: Chain, at: Evaluation): HookVerdict | undefined {
    let chain = base;
    let screens = enter(chain, at);
    let index = 0;
    let depth = 0;
    for (;;) {
      if (screens !== undefined) index = screens.next(at.view.words, index);
      const rule = chain.rules[index++];
      if (rule === undefined) {
        if (depth === 0) return policyOf(base, at);
        chain = this.#chains[--depth] ?? base;
        screens = enter(chain, at);
        index = this.#indices[depth] ?? 0;
        continue;
      }
      const step = runRule(rule, at);
      if (step === Step.BREAK) continue;
      if (rule.compiled.hasEffect) tell(rule, index, at);
      switch (step) {
        case Step.NEXT:
          break;
        case Step.ACCEPT:
          return undefined;
        case Step.DROP:
          return rule.dropVerdict(index);
        case Step.VERDICT:
          return at.verdict;
        case Step.RETURN:
          index = chain.rules.length;
          break;
        case Step.JUMP:
          this.#chains[depth] = chain;
          this.#indices[depth] = index;
          depth++;
          chain = at.chain ?? chain;
          screens = enter(chain, at);
          index = 0;
          break;
        case Step.GOTO:
          chain = at.chain ?? chain;
          screens = enter(chain, at);
          index = 0;
          break;
      }
    }
  }
}

/** The chain's screens; none for a packet whose header is not read. */
const enter = (chain: Chain, { view }: Evaluation): Screens | undefined => {
  if (chain.rules.length < LEAST_RULES || view.context.packet.payload.kind === 'raw')
    return undefined;
  const { screens } = chain;
  if (screens !== undefined) view.readDevices();
  return screens;
};

const runRule = ({ statements }: ProgrammedRule, at: Evaluation): Step => {
  for (let i = 0; i < statements.length; i++) {
    const step = statements[i]?.(at) ?? Step.NEXT;
    if (step !== Step.NEXT) return step;
  }
  return Step.NEXT;
};

const tell = ({ chain, rule }: ProgrammedRule, index: number, at: Evaluation): void => {
  const { record } = at.view.context;
  if (record === undefined) return;
  const { family, table, name } = chain;
  record({ kind: 'nft-rule', family, table, chain: name, index, rule }, undefined);
};

const policyOf = (base: Chain, at: Evaluation): HookVerdict | undefined => {
  const { family, table, name, policy } = base;
  // An empty chain that lets everything on is not worth telling.
  if (policy === 'drop' || base.rules.length > 0) {
    at.view.context.record?.(
      { kind: 'nft-policy', family, table, chain: name, verdict: policy },
      undefined,
    );
  }
  return policy === 'drop' ? base.policyDrop : undefined;
};
