import { describe, expect, it } from 'vitest';
import { CommandError } from '../../command-error.ts';
import { ParseError } from '../../parse/parse-error.ts';
import type { NftFamily } from '../model/ruleset.ts';
import { listed, NftBench } from '../test-support.ts';

const FORWARD = 'type filter hook forward priority 0';
const INPUT = 'type filter hook input priority 0';
const PREROUTING = 'type filter hook prerouting priority 0';
const INGRESS = 'type filter hook ingress device "e1" priority 0';
const EGRESS = 'type filter hook egress device "e1" priority 0';
const OUTPUT = 'type filter hook output priority 0';
const NAT = 'type nat hook postrouting priority 100';

type Case = readonly [family: NftFamily, base: string, rule: string];

/** Rules that nft 1.0.6 or the kernel turned down. */
const REFUSED: readonly Case[] = [
  ['inet', FORWARD, 'ct original proto-dst 80 accept'],
  ['inet', FORWARD, 'ct reply proto-src 80 accept'],
  ['inet', FORWARD, 'meta mark set mark & ~0x4000 ^ 0x1'],
  ['ip', INPUT, 'reject with icmpx host-unreachable'],
  ['ip', INPUT, 'meta l4proto udp reject with tcp reset'],
  ['ip', INPUT, 'meta l4proto { tcp, udp } reject with tcp reset'],
  ['ip', INPUT, 'ip6 nexthdr tcp'],
  ['ip', INPUT, 'ip dscp cs1-cs2'],
  ['ip', INPUT, 'ip dscp { cs1-cs3 }'],
  ['ip', INPUT, 'ip6 dscp cs1'],
  ['ip', INPUT, 'tcp flags & 0x100 == 0'],
  ['ip', INPUT, 'meta l4proto { tcp, udp } tcp dport 80'],
  ['ip', INPUT, 'fib saddr . mark . iif oifname ""'],
  ['ip', INPUT, 'fib saddr type local-multicast'],
  ['ip', INPUT, 'log prefix "a\\"b"'],
  ['ip', INPUT, 'limit rate 10/second burst 0 packets'],
  [
    'ip',
    INPUT,
    'drop comment "012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"',
  ],
  ['ip', INPUT, 'meta mark set ct original saddr'],
  ['ip', INPUT, 'meta mark set tcp dport'],
  ['ip', NAT, 'masquerade to :1024-2000'],
  ['ip', NAT, 'snat ip addr . port to ip saddr map { 1.1.1.1 : 2.2.2.2 . 80 }'],
  ['ip', NAT, 'queue'],
  ['ip', NAT, 'ct count over 10 reject'],
  ['ip', NAT, 'iif nosuch'],
  ['ip', NAT, 'ct original ip6 saddr ::1'],
  ['ip', NAT, 'meta l4proto tcp udp dport 80'],
  ['ip', NAT, 'fib saddr . daddr oif 0'],
  ['ip', NAT, 'fib saddr . iif . oif oif 0'],
  ['ip', NAT, 'reject'],
  ['ip', NAT, 'dnat to 1.1.1.1'],
  ['ip', NAT, 'jump nosuch'],
  ['ip', NAT, 'goto c'],
  ['ip', INPUT, 'ct state established-new'],
  ['ip', INPUT, 'ip saddr . tcp dport 1.1.1.1 . 80'],
  ['ip', INPUT, 'iifname "*"'],
  ['ip', INPUT, 'arp operation request'],
  ['bridge', PREROUTING, 'ct state established accept'],
  ['bridge', PREROUTING, 'ct mark set 0x1'],
  ['bridge', PREROUTING, 'fib daddr type local'],
  ['bridge', PREROUTING, 'meta nfproto ipv4'],
  ['bridge', PREROUTING, 'fwd to "e2"'],
  ['bridge', PREROUTING, 'masquerade'],
  ['bridge', PREROUTING, 'snat to 1.2.3.4'],
  ['bridge', PREROUTING, 'arp operation request reject'],
  ['bridge', PREROUTING, 'arp operation request ip saddr 10.0.0.1'],
  ['bridge', PREROUTING, 'ether type ip arp operation request'],
  ['bridge', PREROUTING, 'vlan id 4096'],
  ['bridge', PREROUTING, 'vlan pcp 8'],
  ['bridge', PREROUTING, 'arp operation 70000'],
  ['bridge', PREROUTING, 'arp saddr 10.0.0.1'],
  ['bridge', FORWARD, 'reject'],
  ['inet', FORWARD, 'ip dscp set 64'],
  ['bridge', PREROUTING, 'ct count over 3 drop'],
  ['arp', OUTPUT, 'reject'],
  ['arp', OUTPUT, 'ct state new'],
  ['arp', OUTPUT, 'ct mark set 1'],
  ['arp', OUTPUT, 'fib daddr type local'],
  ['arp', OUTPUT, 'ip saddr 1.2.3.4'],
  ['arp', OUTPUT, 'tcp dport 80'],
  ['arp', OUTPUT, 'meta nfproto ipv4'],
  ['arp', OUTPUT, 'dup to "e2"'],
  ['arp', OUTPUT, 'masquerade'],
  ['arp', OUTPUT, 'meta ibrname "x"'],
  ['netdev', INGRESS, 'meta ibrname "br0"'],
  ['netdev', INGRESS, 'ct state established accept'],
  ['netdev', INGRESS, 'fwd to "e2" counter'],
  ['netdev', INGRESS, 'dup to "nosuch"'],
  ['netdev', INGRESS, 'fib daddr . oif type local'],
  ['netdev', EGRESS, 'fib saddr . iif oif exists'],
  ['netdev', EGRESS, 'fib saddr oif 0'],
  ['netdev', EGRESS, 'reject'],
  ['inet', INGRESS, 'fib daddr type local'],
  ['inet', INGRESS, 'masquerade'],
  ['inet', INGRESS, 'dup to "e2"'],
];

/** Rules that nft takes and podpath does not emulate. */
const UNSUPPORTED: readonly Case[] = [
  ['inet', FORWARD, 'jhash ip saddr mod 2 seed 0x5 vmap { 0 : goto x }'],
  ['inet', FORWARD, 'symhash mod 2 vmap { 0: drop }'],
  ['inet', FORWARD, 'limit rate 10 mbytes/second accept'],
  ['inet', FORWARD, 'log flags all'],
  ['ip', INPUT, 'reject with icmp 5'],
  ['ip', INPUT, 'log prefix "%x" flags ip options'],
  ['ip', INPUT, 'limit rate 10 kbytes/second burst 5 kbytes'],
  ['ip', INPUT, 'meta mark set jhash ip saddr mod 5'],
  ['ip', NAT, 'snat to 1.2.3.4-1.2.3.9'],
  ['ip', NAT, 'snat ip prefix to 10.0.0.0/24'],
  ['ip', INPUT, 'meta mark set mark lshift 8'],
  ['ip', INPUT, 'ip saddr & 0.0.0.255 == 1'],
  ['ip', INPUT, 'meta skuid 0'],
  ['inet', FORWARD, 'ip dscp set ip dscp'],
  ['inet', FORWARD, 'tcp dport set 80'],
  ['inet', FORWARD, 'ip saddr set 1.2.3.4'],
  ['netdev', INGRESS, 'fwd ip to 10.0.0.1 device "e2"'],
  ['netdev', INGRESS, 'dup to iifname map { "e1" : "e2" }'],
  ['bridge', PREROUTING, 'ether daddr set 02:00:00:00:00:01'],
  ['bridge', PREROUTING, 'meta ibrpvid 1'],
  ['bridge', PREROUTING, 'queue'],
];

describe('a rule that nft refuses', () => {
  it.each(REFUSED)('is refused in a table of %s, %s: %s', (family, base, rule) => {
    let error: unknown;
    try {
      listed(family, base, rule);
    } catch (thrown) {
      error = thrown;
    }
    expect(error instanceof CommandError || error instanceof ParseError).toBe(true);
  });
});

describe('what nft has and podpath has not', () => {
  it.each(UNSUPPORTED)('is refused at its place, %s, %s: %s', (family, base, rule) => {
    expect(() => listed(family, base, rule)).toThrow(ParseError);
    expect(() => listed(family, base, rule)).toThrow(/is not supported|is no value/);
  });

  it.each([
    ['limits in sets', 'set s { type ipv4_addr; limit rate 1/second; }', 'limit in a set'],
    ['quotas in sets', 'set s { type ipv4_addr; quota 1 mbytes; }', 'quota in a set'],
    [
      'sets of elements that are limited',
      'set s { type ipv4_addr; elements = { 1.2.3.4 limit rate 1/second }; }',
      'limit of an element',
    ],
  ])('is refused by name: %s', (_, body, name) => {
    expect(() => new NftBench(`table ip t { ${body} }`)).toThrow(`${name}`);
  });

  it.each([
    ['bridge', 'type nat hook prerouting priority 0'],
    ['bridge', 'type route hook output priority 0'],
    ['bridge', 'type filter hook ingress device "e1" priority 0'],
    ['bridge', 'type filter hook forward device "e1" priority 0'],
    ['bridge', 'type filter hook postrouting priority out'],
    ['arp', 'type nat hook output priority 0'],
    ['arp', 'type filter hook forward priority 0'],
    ['arp', 'type filter hook prerouting priority 0'],
    ['arp', 'type filter hook output priority security'],
    ['netdev', 'type filter hook forward priority 0'],
    ['netdev', 'type filter hook ingress priority 0'],
    ['netdev', 'type filter hook egress priority 0'],
    ['netdev', 'type filter hook ingress devices = { e1, e1 } priority 0'],
    ['netdev', 'type nat hook ingress device "e1" priority 0'],
    ['inet', 'type filter hook ingress priority 0'],
    ['inet', 'type filter hook egress device "e1" priority 0'],
    ['inet', 'type nat hook ingress device "e1" priority 0'],
    ['ip', 'type filter hook ingress device "e1" priority 0'],
  ])('is refused: base chains of the %s family, %s', (family, base) => {
    expect(() => new NftBench(`table ${family} t { chain c { ${base}; } }`)).toThrow();
  });

  it('is no reason to refuse what no packet sees: tables and plain chains of any family', () => {
    const bench = new NftBench('table bridge t { chain c { ether type ip accept; } }');
    expect(bench.rules('c')).toEqual(['ether type ip accept']);
  });
});
