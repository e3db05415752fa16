import type { Hop, Rule } from '@podpath/linux';
import { describe, expect, it } from 'vitest';
import type { PlacedCommand } from '../kernel/command-batches.ts';
import { countsIn } from './chosen-rule.ts';
import { SteeredDraws } from './steered-draws.ts';
import { datagramFrame } from './test-frames.ts';

const PASSES_NEVER = 0x7fff_ffff;

const append = (index: number, chain: string, rule: Rule): PlacedCommand => ({
  index,
  namespace: 'n',
  command: { kind: 'iptables', family: 4, table: 'nat', op: 'append', chain, rule },
});

const drawn = { kind: 'statistic', mode: 'random', threshold: 0x2aaa_aaab } as const;
const jump = (chain: string): Rule => ({ matches: [], target: { kind: 'jump', chain } });

/** Marks, then one of three endpoints. */
const commands = [
  append(0, 'SVC', jump('MARK')),
  append(1, 'SVC', { ...jump('SEP-1'), matches: [drawn] }),
  append(2, 'SVC', { ...jump('SEP-2'), matches: [drawn] }),
  append(3, 'SVC', jump('SEP-3')),
];

const way: readonly Hop[] = [
  {
    namespace: 'n',
    steps: [{ kind: 'rule', table: 'nat', chain: 'SVC', index: 4, rule: jump('SEP-3') }],
  },
];

/** Everything that is asked for until the seed has its turn again. */
function drawsOf(draws: SteeredDraws): readonly number[] {
  const all: number[] = [];
  for (let draw = draws.next(); draw !== undefined; draw = draws.next()) all.push(draw);
  return all;
}

describe('the draws of another kernel', () => {
  const draws = new SteeredDraws(commands);
  const chain = { namespace: 'n', family: 4, chain: 'SVC' } as const;

  it('are looked for in the chain that draws', () => {
    expect(draws.choosing(way)).toEqual(chain);
    expect(draws.choosing([])).toBeUndefined();
  });

  it.each([
    [1, [0]],
    [2, [PASSES_NEVER, 0]],
    [3, [PASSES_NEVER, PASSES_NEVER]],
  ])('lead to rule %i again', (rule, expected) => {
    draws.follow({ chain, rule }, 20_000, []);
    expect(drawsOf(draws)).toEqual(expected);
  });

  it('have the port that a question got, and none of an answer', () => {
    draws.follow(undefined, 20_000, [
      datagramFrame(20_000, 53),
      datagramFrame(41_024, 53),
      datagramFrame(41_024, 53),
      datagramFrame(53, 41_024),
      datagramFrame(53, 20_000),
    ]);
    expect(drawsOf(draws)).toEqual([40_000]);
  });

  it('are forgotten when the flow is over', () => {
    draws.follow({ chain, rule: 1 }, 20_000, []);
    draws.forget();
    expect(drawsOf(draws)).toEqual([]);
  });
});

describe('counters of a chain', () => {
  it('are told in the order of its rules', () => {
    const saved = [
      '*nat',
      ':SVC - [0:0]',
      '[3:180] -A SVC -j MARK',
      '[1:60] -A OTHER -j SVC',
      '[2:120] -A SVC -m statistic --mode random --probability 0.5 -j SEP-1',
      '[1:60] -A SVC -j SEP-2',
    ].join('\n');
    expect(countsIn(saved, 'SVC')).toEqual([3, 2, 1]);
  });
});
