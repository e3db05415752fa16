import type { Prefix } from '@podpath/net';
import type { PortRange } from '../policies/port-range.ts';
import { inSet, markClear, multiport, protocol } from './felix-match.ts';
import { clearMark, type FelixMatch, type FelixRule, setMark } from './felix-rule.ts';
import type { Marks } from './marks.ts';

export type End = 'source' | 'destination';

/**
 * One iptables rule holds one source and one destination net, and its matches are all ANDed. What a
 * policy rule wants ORed is written as blocks of helper rules in front: each block sets or clears a
 * scratch bit, and the rule itself then asks for that bit.
 *
 * The scratch bit for "this block" is cleared once, at the start, and not between blocks. So once a
 * second block has matched, a third and fourth one hold whatever they say: a rule with three or more
 * positive blocks matches more than it should. Felix does exactly this, and so does this.
 * Follows felix/rules/policy.go.
 */
export class MatchBlocks {
  readonly #marks: Marks;
  readonly #rules: FelixRule[] = [];
  #positiveBlocks = 0;

  constructor(marks: Marks) {
    this.#marks = marks;
  }

  /** Empty when the rule fits into one. */
  get rules(): readonly FelixRule[] {
    return this.#rules;
  }

  anyPort(
    end: End,
    ruleProtocol: string | number | undefined,
    splits: readonly (readonly PortRange[])[],
    namedPortSets: readonly string[],
  ): void {
    const protocols = ruleProtocol === undefined ? [] : [protocol(ruleProtocol)];
    this.#anyOf([
      ...splits.map((split) => [...protocols, multiport(end, split)]),
      ...namedPortSets.map((set) => [inSet(set, END_WORD[end], { ports: true })]),
    ]);
  }

  anyNet(end: End, nets: readonly Prefix[]): void {
    this.#anyOf(nets.map((prefix) => [{ kind: end, prefix }]));
  }

  noNet(end: End, nets: readonly Prefix[]): void {
    const { scratch0 } = this.#marks;
    this.#start(scratch0);
    for (const prefix of nets) {
      this.#rules.push({ match: [{ kind: end, prefix }], action: clearMark(scratch0) });
    }
  }

  #anyOf(alternatives: readonly (readonly FelixMatch[])[]): void {
    const { scratch0, scratch1 } = this.#marks;
    this.#start(0);
    // The first block's result is the result so far: it needs no bit of its own.
    const first = this.#positiveBlocks++ === 0;
    const action = setMark(first ? scratch0 : scratch1);
    for (const match of alternatives) this.#rules.push({ match, action });
    if (!first) this.#rules.push({ match: [markClear(scratch1)], action: clearMark(scratch0) });
  }

  #start(mark: number): void {
    if (this.#rules.length > 0) return;
    const mask = (this.#marks.scratch0 | this.#marks.scratch1) >>> 0;
    this.#rules.push({ action: { kind: 'set-masked-mark', mark, mask } });
  }
}

export const END_WORD = { source: 'src', destination: 'dst' } as const;
