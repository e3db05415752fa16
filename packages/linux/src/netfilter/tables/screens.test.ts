import { parseIp } from '@podpath/net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { IpsetCommand, IptablesCommand } from '../../commands.ts';
import { DeviceNumbers } from '../device-numbers.ts';
import { FilterMemory } from '../ipset/address-filter.ts';
import { PacketView } from '../packet-view.ts';
import type { Match, Target } from '../rule.ts';
import {
  append,
  Bench,
  contextOf,
  DROP,
  ipEntry,
  newChain,
  protocol,
  source,
  udp,
} from '../test-support.ts';
import { screenOf, sortMatches } from './screen.ts';
import { type Screened, Screens } from './screens.ts';

const devices = new DeviceNumbers();
const screened = (...matches: readonly Match[]): Screened => ({
  screen: screenOf(sortMatches({ matches }, devices).comparisons),
  questions: [],
});
const asks = (name: string): Screened => screened({ kind: 'in-interface', name });

describe('screens', () => {
  it('let through what the next rule may fit', () => {
    const rules = ['e1', 'e2', 'e3', 'e4', 'e5', 'e6'].map(asks);
    const others = new Array<Screened>(17).fill(asks('e7'));
    const screens = Screens.of([...rules, screened(), ...others], new FilterMemory());
    const context = contextOf(udp('10.0.0.1:1 > 10.0.0.2:2'), { inDevice: 'e3' });
    const view = new PacketView(context, devices);
    view.load('FORWARD', context);
    view.readDevices();
    expect(screens?.next(view.words, 0)).toBe(2);
    expect(screens?.next(view.words, 3)).toBe(6);
    expect(screens?.next(view.words, 7)).toBe(24);
  });

  it('are not made for short chains, nor where they would hold nothing back', () => {
    expect(Screens.of([asks('e1')], new FilterMemory())).toBeUndefined();
    expect(Screens.of(new Array(100).fill(screened()), new FilterMemory())).toBeUndefined();
  });
});

const SETS = ['a', 'b', 'c', 'counted'] as const;
type Family = 4 | 6;
const host = (family: Family, last: number): string =>
  family === 4 ? `10.0.0.${last}` : `fd00::${last}`;

/** What is done to both benches alike: rules come first, then sets change and packets pass in between. */
type Event = (family: Family) => IpsetCommand | { readonly from: number; readonly to: number };

const someSet = fc.constantFrom(...SETS);
const last = fc.integer({ min: 1, max: 40 });
const someEvent: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(last, last).map(
      ([from, to]): Event =>
        () => ({ from, to }),
    ),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(someSet, fc.constantFrom('add', 'delete'), last).map(
      ([set, op, at]): Event =>
        (family) => ({ kind: 'ipset', op, set, entry: ipEntry(host(family, at)), exist: true }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.oneof(
      someSet.map(
        (set): Event =>
          () => ({ kind: 'ipset', op: 'flush', set }),
      ),
      fc.tuple(someSet, someSet).map(
        ([set, other]): Event =>
          () => ({ kind: 'ipset', op: 'swap', set, with: other }),
      ),
    ),
  },
);

const asksSet = fc
  .record({
    kind: fc.constant('set' as const),
    set: someSet,
    directions: fc.constantFrom(['src'] as const, ['dst'] as const),
    invert: fc.constantFrom(false, false, false, true),
  })
  .map((match): readonly Match[] => [match]);

const someRule: fc.Arbitrary<readonly [readonly Match[], Target]> = fc.tuple(
  fc
    .array(
      fc.oneof(
        { weight: 3, arbitrary: asksSet },
        { weight: 1, arbitrary: fc.constant<readonly Match[]>([protocol('udp')]) },
      ),
      { minLength: 1, maxLength: 3 },
    )
    .map((groups) => groups.flat())
    .filter((matches) => matches.filter(({ kind }) => kind === 'protocol').length < 2),
  fc.oneof(
    { weight: 3, arbitrary: fc.constant<Target>(DROP) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(someSet, fc.constantFrom('src', 'dst'))
        .map(
          ([set, direction]): Target => ({ kind: 'set', op: 'add', set, directions: [direction] }),
        ),
    },
  ),
);

const withSets = (family: Family): Bench =>
  new Bench().apply(
    ...SETS.map(
      (set): IpsetCommand => ({
        kind: 'ipset',
        op: 'create',
        set,
        type: 'hash:ip',
        family,
        counters: set === 'counted',
      }),
    ),
  );

const inChain = (
  chain: string,
  family: Family,
  [matches, target]: readonly [readonly Match[], Target],
): IptablesCommand => append('filter', chain, matches, target, family);

describe.each([4, 6] as const)('a long chain of IPv%i that asks sets', (family) => {
  it('does as its rules would, each in a chain of its own, whatever becomes of the sets', () => {
    const rules = fc.array(someRule, { minLength: 24, maxLength: 30 });
    fc.assert(
      fc.property(rules, fc.array(someEvent, { maxLength: 60 }), (written, events) => {
        const long = withSets(family);
        const apart = withSets(family);
        for (const [index, rule] of written.entries()) {
          long.apply(inChain('FORWARD', family, rule));
          apart.apply(
            newChain('filter', `u${index}`, family),
            inChain(`u${index}`, family, rule),
            append('filter', 'FORWARD', [], { kind: 'jump', chain: `u${index}` }, family),
          );
        }
        for (const event of events.map((make) => make(family))) {
          if ('kind' in event) {
            long.apply(event);
            apart.apply(event);
            continue;
          }
          const [from, to] = [event.from, event.to].map((at) => host(family, at));
          const packet = family === 4 ? udp(`${from}:1 > ${to}:2`) : udp(`[${from}]:1 > [${to}]:2`);
          expect(long.run('FORWARD', packet).kind).toBe(apart.run('FORWARD', packet).kind);
          // Members that rules have added, and what the counted set has counted.
          expect(long.netfilter.ipsetSave()).toBe(apart.netfilter.ipsetSave());
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('a rule that asks a set', () => {
  it('sees what the set has become', () => {
    const bench = withSets(4);
    const asked = (set: string): readonly Match[] => [{ kind: 'set', set, directions: ['src'] }];
    for (let at = 0; at < 24; at++) bench.apply(append('filter', 'FORWARD', asked('a'), DROP));
    const packet = udp('10.0.0.1:1 > 10.0.0.2:2');
    const member = (op: 'add' | 'delete', set: string): IpsetCommand => ({
      kind: 'ipset',
      op,
      set,
      entry: { kind: 'ip', address: parseIp('10.0.0.1') },
    });
    const verdict = (): string => bench.run('FORWARD', packet).kind;
    expect(verdict()).toBe('accept');
    bench.apply(member('add', 'a'));
    expect(verdict()).toBe('drop');
    bench.apply({ kind: 'ipset', op: 'swap', set: 'a', with: 'b' });
    expect(verdict()).toBe('accept');
    bench.apply(member('delete', 'b'), member('add', 'a'));
    expect(verdict()).toBe('drop');
    bench.apply(append('filter', 'FORWARD', [source('10.0.0.9/32')]));
    expect(verdict()).toBe('drop');
  });
});
