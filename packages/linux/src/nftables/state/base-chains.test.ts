import { describe, expect, it } from 'vitest';
import type { NftFamily } from '../model/ruleset.ts';
import { NftBench } from '../test-support.ts';

const baseLine = (bench: NftBench): string | undefined =>
  bench.netfilter
    .nftList()
    .split('\n')
    .find((line) => line.includes('type '))
    ?.trim();

/** As nft 1.0.6 lists them. */
const PRIORITIES: readonly (readonly [NftFamily, string, number, string])[] = [
  ['bridge', 'hook prerouting', -305, 'dstnat - 5'],
  ['bridge', 'hook output', -305, '-305'],
  ['bridge', 'hook prerouting', -290, 'dstnat + 10'],
  ['bridge', 'hook postrouting', -210, 'filter - 10'],
  ['bridge', 'hook prerouting', -211, '-211'],
  ['bridge', 'hook forward', -200, 'filter'],
  ['bridge', 'hook input', -190, 'filter + 10'],
  ['bridge', 'hook forward', 0, '0'],
  ['bridge', 'hook output', 90, 'out - 10'],
  ['bridge', 'hook postrouting', 90, '90'],
  ['bridge', 'hook output', 100, 'out'],
  ['bridge', 'hook postrouting', 290, 'srcnat - 10'],
  ['bridge', 'hook prerouting', 290, '290'],
  ['bridge', 'hook postrouting', 300, 'srcnat'],
  ['bridge', 'hook postrouting', 311, '311'],
  ['arp', 'hook input', -300, '-300'],
  ['arp', 'hook output', 0, 'filter'],
  ['netdev', 'hook ingress device "e1"', -500, '-500'],
  ['netdev', 'hook ingress device "e1"', -300, '-300'],
  ['netdev', 'hook egress device "e1"', -3, 'filter - 3'],
  ['inet', 'hook ingress device "e1"', -300, 'raw'],
  ['inet', 'hook ingress device "e1"', -1, 'filter - 1'],
];

describe('a base chain', () => {
  it.each(PRIORITIES)(
    '%s %s has the priority %d by the name %s',
    (family, hook, priority, name) => {
      const bench = new NftBench(
        `table ${family} t { chain c { type filter ${hook} priority ${priority}; } }`,
      );
      const line = `type filter ${hook} priority ${name}; policy accept;`;
      expect(baseLine(bench)).toBe(line);
      expect(baseLine(new NftBench(bench.netfilter.nftList()))).toBe(line);
    },
  );

  it('names its devices in the order of their bytes, whether they are there or not', () => {
    const bench = new NftBench(
      'table netdev t { chain c { type filter hook ingress devices = { zzz, abc, e1, e1.100, V } priority 0; } }',
    );
    expect(baseLine(bench)).toBe(
      'type filter hook ingress devices = { V, abc, e1, e1.100, zzz } priority filter; policy accept;',
    );
  });

  it('can be put at further devices, and moved nowhere else', () => {
    const bench = new NftBench(
      'table netdev t { chain c { type filter hook ingress device "e2" priority 0; } }',
    );
    const add = (base: string): NftBench =>
      bench.load(`add chain netdev t c { type filter hook ${base}; }`);
    add('ingress devices = { x, e2, e1 } priority 0; policy drop');
    const after = 'type filter hook ingress devices = { e1, e2, x } priority filter; policy drop;';
    expect(baseLine(bench)).toBe(after);
    expect(() => add('ingress device e1 priority 5')).toThrow('cannot change');
    expect(() => add('egress device e1 priority 0')).toThrow('cannot change');
    expect(() => add('ingress devices = { y, y } priority 0')).toThrow('named twice');
    expect(baseLine(bench)).toBe(after);
  });

  it('is back at its devices when a transaction that gave it more fails', () => {
    const bench = new NftBench(
      'table netdev t { chain c { type filter hook ingress device "e1" priority 0; } }',
    );
    expect(() =>
      bench.load(
        'add chain netdev t c { type filter hook ingress device "e2" priority 0; }\nadd rule netdev t nosuch drop',
      ),
    ).toThrow('no chain nosuch');
    expect(baseLine(bench)).toBe(
      'type filter hook ingress device "e1" priority filter; policy accept;',
    );
  });
});
