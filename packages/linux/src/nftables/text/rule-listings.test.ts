import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { listed } from '../test-support.ts';

/** Rules with what nft 1.0.6 lists of them, from a file beside this test. */
const readListings = (name: string): readonly (readonly [rule: string, listing: string])[] => {
  const text = readFileSync(new URL(`listings/${name}.txt`, import.meta.url), 'utf8');
  const rules: [string, string][] = [];
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const last = rules.at(-1);
    if (!line.startsWith(' ')) rules.push([line, line]);
    else if (last !== undefined) last[1] = line.trim();
  }
  return rules;
};

describe.each([
  ['inet-filter', 'inet', 'type filter hook forward priority 0'],
  ['ip-filter', 'ip', 'type filter hook input priority 0'],
  ['ip-nat', 'ip', 'type nat hook postrouting priority 100'],
  ['inet-ingress', 'inet', 'type filter hook ingress device "e1" priority 0'],
  ['bridge-filter', 'bridge', 'type filter hook prerouting priority 0'],
  ['arp-filter', 'arp', 'type filter hook output priority 0'],
  ['netdev-ingress', 'netdev', 'type filter hook ingress device "e1" priority 0'],
] as const)('a rule is listed as nft lists it (%s)', (file, family, base) => {
  const listings = readListings(file);

  it.each(listings)('%s', (rule, listing) => {
    expect(listed(family, base, rule)).toBe(listing);
  });

  const typed = new Map(listings);
  it.each(listings.flatMap(([, listing]) => (typed.has(listing) ? [] : [listing])))(
    'and read again: %s',
    (listing) => {
      expect(listed(family, base, listing)).toBe(listing);
    },
  );
});
