import type { IpPacket } from '@podpath/net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { IptablesCommand } from '../../commands.ts';
import type { Match, Rule, Target } from '../rule.ts';
import { append, Bench, contextOf, newChain, protocol, source, tcp, udp } from '../test-support.ts';

/** The chains of the random programs below. Each leads only to later ones, so that none goes round. */
const CHAINS = ['FORWARD', 'u1', 'u2', 'u3', 'u4'];
type Program = readonly (readonly Rule[])[];

/** What a packet of these tests is, to an interpreter that knows nothing of how the engine works. */
interface Seen {
  readonly from: number;
  readonly isTcp: boolean;
  readonly dstPort: number;
  mark: number;
}

const passes = (match: Match, seen: Seen): boolean => {
  switch (match.kind) {
    case 'source': {
      const { address, length } = match.prefix;
      const size = 2 ** (32 - length);
      const inside = Math.floor(seen.from / size) === Math.floor(Number(address) / size);
      return inside !== (match.invert === true);
    }
    case 'protocol':
      return (match.protocol === 'tcp') === seen.isTcp;
    case 'port':
      return seen.isTcp && seen.dstPort >= match.first && seen.dstPort <= match.last;
    case 'mark': {
      const has = (value: number, bit: number) => Math.floor(value / 2 ** bit) % 2;
      const same = [0, 1, 2, 3, 4, 5, 6, 7].every(
        (bit) => has(seen.mark, bit) * has(match.mask, bit) === has(match.value, bit),
      );
      return same !== (match.invert === true);
    }
    default:
      return true;
  }
};

/** The oracle: recursion in place of a stack. `undefined` means that the chain came to its end. */
const interpret = (program: Program, chain: number, seen: Seen): 'accept' | 'drop' | undefined => {
  for (const { matches, target } of program[chain] ?? []) {
    if (!matches.every((match) => passes(match, seen))) continue;
    switch (target?.kind) {
      case 'accept':
      case 'drop':
        return target.kind;
      case 'return':
        return undefined;
      case 'goto':
        return interpret(program, CHAINS.indexOf(target.chain), seen);
      case 'jump': {
        const verdict = interpret(program, CHAINS.indexOf(target.chain), seen);
        if (verdict !== undefined) return verdict;
        break;
      }
      case 'mark':
        for (let bit = 0; bit < 8; bit++) {
          const has = (value: number) => Math.floor(value / 2 ** bit) % 2;
          const now = has(target.mask) === 1 ? 0 : has(seen.mark);
          const then = now === has(target.value) ? 0 : 1;
          seen.mark += (then - has(seen.mark)) * 2 ** bit;
        }
        break;
      default:
        break;
    }
  }
  return undefined;
};

const byte = fc.integer({ min: 0, max: 7 });
const matchArbitrary: fc.Arbitrary<readonly Match[]> = fc.oneof(
  fc.constant([]),
  fc
    .tuple(fc.constantFrom('10.0.0.0/30', '10.0.0.1/32', '10.0.0.2/31'), fc.boolean())
    .map(([prefix, invert]) => [source(prefix, invert)]),
  fc.constantFrom('tcp', 'udp').map((name) => [protocol(name)]),
  fc.tuple(byte, byte).map(([a, b]): readonly Match[] => [
    protocol('tcp'),
    {
      kind: 'port',
      protocol: 'tcp',
      side: 'destination',
      first: Math.min(a, b),
      last: Math.max(a, b),
    },
  ]),
  fc
    .record({ value: byte, mask: byte, invert: fc.boolean() })
    .map((mark): readonly Match[] => [{ kind: 'mark', ...mark }]),
);

const targetArbitrary = (chain: number): fc.Arbitrary<Target | undefined> => {
  const later = CHAINS.slice(chain + 1);
  const plain = fc.constantFrom<Target | undefined>(
    { kind: 'accept' },
    { kind: 'drop' },
    { kind: 'return' },
    undefined,
  );
  const mark = fc
    .record({ value: byte, mask: byte })
    .map((to): Target => ({ kind: 'mark', ...to }));
  if (later.length === 0) return fc.oneof(plain, mark);
  const onward = fc
    .tuple(fc.constantFrom('jump', 'goto'), fc.constantFrom(...later))
    .map(([kind, to]): Target => ({ kind, chain: to }));
  return fc.oneof(plain, mark, onward, onward);
};

const programArbitrary: fc.Arbitrary<Program> = fc.tuple(
  ...CHAINS.map((_, chain) =>
    fc.array(
      fc
        .tuple(matchArbitrary, targetArbitrary(chain))
        .map(
          ([matches, target]): Rule => (target === undefined ? { matches } : { matches, target }),
        ),
      { maxLength: 6 },
    ),
  ),
);

const load = (program: Program): Bench => {
  const commands: IptablesCommand[] = CHAINS.slice(1).map((name) => newChain('filter', name));
  for (const [index, chain] of CHAINS.entries()) {
    for (const { matches, target } of program[index] ?? [])
      commands.push(append('filter', chain, matches, target));
  }
  return new Bench().apply(...commands);
};

describe('a walk through chains', () => {
  it('ends as a plain interpreter says, with the same mark', () => {
    const probe = fc.record({
      host: fc.integer({ min: 0, max: 4 }),
      isTcp: fc.boolean(),
      dstPort: byte,
      mark: byte,
    });
    fc.assert(
      fc.property(
        programArbitrary,
        fc.array(probe, { minLength: 1, maxLength: 10 }),
        (program, probes) => {
          const bench = load(program);
          for (const { host, isTcp, dstPort, mark } of probes) {
            const flow = `10.0.0.${host}:9 > 10.9.9.9:${dstPort}`;
            const packet: IpPacket = isTcp ? tcp(flow, 'S') : udp(flow);
            const context = contextOf(packet, { mark });
            const seen: Seen = { from: 0x0a00_0000 + host, isTcp, dstPort, mark };
            const wanted = interpret(program, 0, seen) ?? 'accept';
            expect(bench.run('FORWARD', context).kind).toBe(wanted);
            expect(context.mark).toBe(seen.mark);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('says the same whether somebody watches or not', () => {
    fc.assert(
      fc.property(programArbitrary, (program) => {
        const bench = load(program);
        const packet = tcp('10.0.0.1:9 > 10.9.9.9:3', 'S');
        const watched = bench.run('FORWARD', contextOf(packet, { record: () => {} }));
        expect(bench.run('FORWARD', contextOf(packet))).toEqual(watched);
      }),
    );
  });

  it('names the rule that dropped by its place now', () => {
    const bench = new Bench().apply(append('filter', 'FORWARD', [], { kind: 'drop' }));
    const packet = udp('10.0.0.1:1 > 10.0.0.2:2');
    expect(bench.run('FORWARD', packet)).toEqual({
      kind: 'drop',
      reason: 'rule 1 of filter FORWARD',
    });
    bench.apply({
      kind: 'iptables',
      family: 4,
      table: 'filter',
      op: 'insert',
      chain: 'FORWARD',
      index: 1,
      rule: { matches: [] },
    });
    expect(bench.run('FORWARD', packet)).toEqual({
      kind: 'drop',
      reason: 'rule 2 of filter FORWARD',
    });
  });
});
