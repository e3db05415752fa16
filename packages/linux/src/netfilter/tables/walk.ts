import { connectionBits } from '../match/state.ts';
import type { HookVerdict } from '../netfilter.ts';
import { type PacketView, Word } from '../packet-view.ts';
import { Action, type Chain } from './chain.ts';
import { LEAST_RULES, type Screens } from './screens.ts';

/** As many jumps as the kernel follows (NFT_JUMP_STACK_SIZE less the built-in chain). */
export const MOST_JUMPS = 15;

/** Walks packets through chains. Its stack is reused, so that a walk allocates nothing. */
export class ChainWalker {
  readonly #chains: Chain[] = [];
  readonly #indices = new Uint32Array(MOST_JUMPS + 1);

  /** `undefined` lets the packet on. */
  walk(base: Chain, view: PacketView): HookVerdict | undefined {
    if (base.rules.length === 0) return this.#policy(base, view);
    const { record, packet } = view.context;
    // A match that cannot read the header has to be asked before those that come after it.
    const isRead = packet.payload.kind !== 'raw';
    view.readDevices();
    readState(view);
    let chain = base;
    let screens = enter(chain, view);
    let index = 0;
    let depth = 0;
    for (;;) {
      if (screens !== undefined) index = screens.next(view.words, index);
      const programmed = chain.rules[index++];
      if (programmed === undefined) {
        if (depth === 0) return this.#policy(base, view);
        chain = this.#chains[--depth] ?? base;
        screens = enter(chain, view);
        index = this.#indices[depth] ?? 0;
        continue;
      }
      if (!(isRead ? programmed.fits(view) : (programmed.test?.(view) ?? true))) {
        if (view.isUnreadable) return programmed.unreadableVerdict(chain, index);
        continue;
      }
      programmed.packets++;
      programmed.bytes += view.lengthBytes;
      const { target, rule } = programmed;
      if (record !== undefined && rule.target !== undefined) {
        record({ kind: 'rule', table: chain.table, chain: chain.name, index, rule }, undefined);
      }
      const action = target.act === undefined ? target.action : target.act(view);
      switch (action) {
        case Action.CONTINUE:
          if (target.act === undefined) break;
          // What it did may have changed what the next rules look at.
          readState(view);
          if (screens !== undefined) screens = enter(chain, view);
          break;
        case Action.ACCEPT:
          return undefined;
        case Action.DROP:
          return programmed.dropVerdict(chain, index);
        case Action.REJECT:
          return target.reject;
        case Action.UNDECIDED:
          return {
            kind: 'undecided',
            reason: `rule ${index} of ${chain.table} ${chain.name} ${target.why ?? ''}`,
          };
        case Action.RETURN:
          index = chain.rules.length;
          break;
        case Action.JUMP:
          this.#chains[depth] = chain;
          this.#indices[depth] = index;
          depth++;
          chain = target.chain ?? chain;
          screens = enter(chain, view);
          index = 0;
          break;
        case Action.GOTO:
          chain = target.chain ?? chain;
          screens = enter(chain, view);
          index = 0;
          break;
      }
    }
  }

  #policy(base: Chain, view: PacketView): HookVerdict | undefined {
    if (base.isCounted) {
      base.packets++;
      base.bytes += view.lengthBytes;
    }
    const { policy, table, name } = base;
    // An empty chain that lets everything on is not worth telling.
    if (policy === 'DROP' || base.rules.length > 0) {
      view.context.record?.({ kind: 'policy', table, chain: name, verdict: policy }, undefined);
    }
    return policy === 'DROP' ? base.policyDrop : undefined;
  }
}

/** What targets change. */
const readState = ({ words, context }: PacketView): void => {
  words[Word.MARK] = context.mark;
  words[Word.CONNECTION] = connectionBits(context.conntrack);
};

/**
 * The chain's screens, with all there that they look at. None for a packet whose header is not read: a match that cannot
 * read it has to be asked.
 */
const enter = (chain: Chain, view: PacketView): Screens | undefined => {
  if (chain.rules.length < LEAST_RULES) return undefined;
  const { screens } = chain;
  if (screens === undefined || view.context.packet.payload.kind === 'raw') return undefined;
  if (screens.askFilters) view.hashAddresses();
  return screens;
};
