import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseIpset } from '../parse/ipset-save.ts';
import { routedWorld, sendLine } from '../test-routed-world.ts';
import type { World } from '../test-world.ts';

/**
 * What a kernel counted (6.18, iptables 1.8.9 for nf_tables). Each file beside this test has the sets and rules of a
 * router r between c and s, the packets that were sent with what their sockets were told, and what `iptables-save -c`
 * and `ipset save` then printed.
 */
const DIRECTORY = new URL('scenarios/', import.meta.url);

type Sections = Partial<
  Record<'sets' | 'rules' | 'rules6' | 'packets' | 'saved' | 'saved6' | 'members', string>
>;

const sectionsOf = (file: string): Sections => {
  const [, ...parts] = readFileSync(new URL(file, DIRECTORY), 'utf8').split(/^--- (\S+)\n/m);
  return Object.fromEntries(
    parts.flatMap((name, index) => (index % 2 === 0 ? [[name, parts[index + 1] ?? '']] : [])),
  );
};

const program = (world: World, { sets = '', rules = '', rules6 = '' }: Sections): void => {
  const { commands, opaque } = parseIpset(sets, 'sets');
  expect([...opaque]).toEqual([]);
  world.network.apply({ namespace: 'r', commands: commands.map(({ value }) => value) });
  world.iptables('r', rules).iptables('r', rules6, 6);
};

const saved = (world: World, family: 4 | 6): string =>
  world.network
    .namespace('r')
    .netfilter.iptablesSave(family, { counters: true })
    .split('\n')
    .filter((line) => line.startsWith('['))
    .map((line) => `${line}\n`)
    .join('');

/** Members of a hash come in the order of a number that each kernel draws. */
const bySet = (saved: string): readonly string[] =>
  saved.split(/^(?=create )/m).map((set) => set.trimEnd().split('\n').toSorted().join('\n'));

const members = (world: World): string =>
  world.network
    .namespace('r')
    .netfilter.ipsetSave()
    .replaceAll(/ initval \S+/g, '')
    .replaceAll(/timeout \d+/g, 'timeout N');

/** What kube-proxy, Felix, Flannel, Weave Net and the reference plugins write. */
const WRITTEN = [
  ...[
    'addrtype',
    'comment',
    'connmark',
    'conntrack',
    'icmp',
    'icmp6',
    'limit',
    'mark',
    'multiport',
  ],
  ...['physdev', 'recent', 'rpfilter', 'set', 'statistic', 'tcp', 'udp'],
].map((module) => `-m ${module} `);
const TARGETS = [
  ...['CONNMARK', 'CT', 'DNAT', 'DROP', 'LOG', 'MARK', 'MASQUERADE', 'NFLOG', 'REDIRECT', 'REJECT'],
  ...['RETURN', 'SET', 'SNAT', 'TCPMSS', 'ACCEPT'],
].map((target) => `-j ${target}`);

describe('the scenarios', () => {
  const saved = readdirSync(DIRECTORY)
    .map((file) => sectionsOf(file))
    .flatMap(({ saved = '', saved6 = '' }) => saved + saved6)
    .join('');

  it.each([...WRITTEN, ...TARGETS])('have a rule with %s', (words) => {
    expect(saved).toContain(words);
  });
});

describe('iptables counts what a kernel counted', () => {
  it.each(readdirSync(DIRECTORY))('%s', (file) => {
    const sections = sectionsOf(file);
    const world = routedWorld();
    program(world, sections);
    const told = (sections.packets ?? '')
      .trim()
      .split('\n')
      .map((line) => `${sendLine(world, line)}\n`);
    if (sections.saved !== undefined) expect(saved(world, 4)).toBe(sections.saved);
    if (sections.saved6 !== undefined) expect(saved(world, 6)).toBe(sections.saved6);
    if (sections.members !== undefined)
      expect(bySet(members(world))).toEqual(bySet(sections.members));
    expect(told.join('')).toBe(sections.packets);
  });
});
