import { parseIp } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import type { AddressType, ConntrackStateName, Match, RejectType, Target } from '../rule.ts';
import { ACCEPT, DROP, destination, dport, protocol, source, states } from '../test-support.ts';
import { formatRule } from './rule-text.ts';

/*
 * Every text here was written by iptables-save and ip6tables-save 1.8.9 (nf_tables) after
 * iptables-restore had read what `formatIptablesCommands` makes of the rule.
 */
type Example = readonly [text: string, matches: readonly Match[], target?: Target];

const not = <M extends Match>(match: M): M & { readonly invert: true } => ({
  ...match,
  invert: true,
});
const sport = (first: number, last = first, name: 'tcp' | 'udp' | 'sctp' = 'tcp'): Match => ({
  kind: 'port',
  protocol: name,
  side: 'source',
  first,
  last,
});
const flags = (mask: number, compare: number): Match => ({ kind: 'tcp-flags', mask, compare });
const module = (name: 'tcp' | 'udp' | 'sctp'): Match => ({
  kind: 'protocol-module',
  protocol: name,
});
const multiport = (
  side: 'source' | 'destination' | 'either',
  ...ranges: readonly [number, number?][]
): Match => ({
  kind: 'multiport',
  side,
  ranges: ranges.map(([first, last = first]) => ({ first, last })),
});
const icmp = (version: 4 | 6, type: number, code?: number): Match =>
  code === undefined ? { kind: 'icmp', version, type } : { kind: 'icmp', version, type, code };
const mark = (value: number, mask = 0xffff_ffff): Match => ({ kind: 'mark', value, mask });
const connmark = (value: number, mask = 0xffff_ffff): Match => ({ kind: 'connmark', value, mask });
const set = (name: string, ...directions: readonly ('src' | 'dst')[]): Match => ({
  kind: 'set',
  set: name,
  directions,
});
const probability = (p: number): Match => ({
  kind: 'statistic',
  mode: 'random',
  threshold: Math.round(p * 2 ** 31),
});
const comment = (text: string): Match => ({ kind: 'comment', text });
const state = (...names: readonly ConntrackStateName[]): Match => ({
  kind: 'conntrack',
  module: 'state',
  states: names,
});
const rcheck = (seconds: number, reap: boolean): Match => ({
  kind: 'recent',
  name: 'KX',
  action: { kind: 'rcheck', seconds, reap },
});
const remember: Match = { kind: 'recent', name: 'KX', action: { kind: 'set' } };

const MATCHES: readonly Example[] = [
  [
    '-s 10.1.2.3/32 ! -d 10.0.0.0/8 -i cali+ ! -o eth0 -p ipencap -g zeta',
    [
      { kind: 'in-interface', name: 'cali+' },
      not({ kind: 'out-interface', name: 'eth0' }),
      protocol(4),
      source('10.1.2.3/32'),
      not(destination('10.0.0.0/8')),
    ],
    { kind: 'goto', chain: 'zeta' },
  ],
  ['', [source('0.0.0.0/0'), protocol('all'), { kind: 'in-interface', name: '+' }]],
  ['! -p udp', [not(protocol('UDP'))]],
  [
    '-p tcp -m tcp --sport 10:20 ! --dport 80 -j DROP',
    [protocol('tcp'), sport(10, 20), not(dport('tcp', 80))],
    DROP,
  ],
  [
    '-p tcp -m tcp --sport 10:20 --dport 80 -m comment --comment "x y" -j DROP',
    [protocol('tcp'), dport('tcp', 80), comment('x y'), sport(10, 20)],
    DROP,
  ],
  ['-p tcp -m tcp', [protocol('tcp'), dport('tcp', 0, 65_535)]],
  [
    '-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j ACCEPT',
    [protocol('tcp'), flags(0x17, 2)],
    ACCEPT,
  ],
  [
    '-p tcp -m tcp ! --tcp-flags FIN,SYN,RST,PSH,ACK,URG NONE',
    [protocol('tcp'), not(flags(0x3f, 0))],
  ],
  [
    '-p tcp -m tcp --dport 80 --tcp-flags SYN SYN',
    [protocol('tcp'), dport('tcp', 80), flags(2, 2)],
  ],
  [
    '-p udp -m udp --dport 53 -j ACCEPT',
    [module('udp'), protocol('udp'), dport('udp', 53)],
    ACCEPT,
  ],
  ['-p sctp -m sctp', [protocol('sctp'), module('sctp')]],
  ['-p sctp -m sctp --sport 1:5', [protocol('sctp'), sport(1, 5, 'sctp')]],
  ['-p udp -m multiport --ports 5,10:20', [protocol('udp'), multiport('either', [5], [10, 20])]],
  [
    '-p tcp -m multiport ! --sports 5 -m multiport --dports 5:6',
    [protocol('tcp'), not(multiport('source', [5])), multiport('destination', [5, 6])],
  ],
  ['-p icmp -m icmp --icmp-type 8', [protocol('icmp'), icmp(4, 8)]],
  ['-p icmp -m icmp ! --icmp-type 3/4', [protocol('icmp'), not(icmp(4, 3, 4))]],
  [
    '-m mark --mark 0x1/0x1 -m mark ! --mark 0x5 -m mark --mark 0x0/0x10000',
    [mark(1, 1), not(mark(5)), mark(0, 0x10000)],
  ],
  [
    '-m connmark --mark 0x1/0xf -m connmark ! --mark 0xabcdef01',
    [connmark(1, 15), not(connmark(0xabcd_ef01))],
  ],
  [
    '-m conntrack --ctstate INVALID,NEW,RELATED,ESTABLISHED,UNTRACKED,SNAT,DNAT',
    [states('DNAT', 'SNAT', 'UNTRACKED', 'ESTABLISHED', 'RELATED', 'NEW', 'INVALID')],
  ],
  [
    '-m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT',
    [not(states('ESTABLISHED', 'RELATED', 'DNAT'))],
  ],
  ['-m state --state RELATED,ESTABLISHED', [state('RELATED', 'ESTABLISHED')]],
  ['-m state ! --state NEW', [not(state('NEW'))]],
  [
    '-m set --match-set s4 src -m set ! --match-set weave-(){}[]+=_$%^!*|/?.;:@#~ dst,dst',
    [set('s4', 'src'), not(set('weave-(){}[]+=_$%^!*|/?.;:@#~', 'dst', 'dst'))],
  ],
  [
    '-m addrtype ! --src-type LOCAL --dst-type UNICAST --limit-iface-out -m addrtype --src-type LOCAL',
    [
      {
        kind: 'address-type',
        source: { type: 'LOCAL', invert: true },
        destination: { type: 'UNICAST' },
        limitInterface: 'out',
      },
      { kind: 'address-type', source: { type: 'LOCAL' } },
    ],
  ],
  [
    '-m addrtype ! --dst-type LOCAL --limit-iface-in',
    [{ kind: 'address-type', destination: { type: 'LOCAL', invert: true }, limitInterface: 'in' }],
  ],
  ['-m statistic --mode random --probability 0.50000000000', [probability(0.5)]],
  ['-m statistic --mode random --probability 0.33333333349', [probability(0.3333333333)]],
  ['-m statistic --mode random --probability 0.20000000019', [probability(0.2)]],
  ['-m statistic --mode random --probability 0.00001000008', [probability(0.0000099999)]],
  ['-m statistic --mode random --probability 1.00000000000', [probability(1)]],
  ['-m recent --set --name KX --mask 255.255.255.255 --rsource', [remember]],
  [
    '-m recent --rcheck --seconds 10800 --reap --name KX --mask 255.255.255.255 --rsource',
    [rcheck(10_800, true)],
  ],
  [
    '-m recent --rcheck --seconds 10 --name KX --mask 255.255.255.255 --rsource',
    [rcheck(10, false)],
  ],
  [
    '-m physdev --physdev-in v1 --physdev-out v2 --physdev-is-bridged',
    [{ kind: 'physdev', isBridged: true, in: 'v1', out: 'v2' }],
  ],
  [
    '-m physdev --physdev-is-in ! --physdev-in v+ --physdev-is-out ! --physdev-out v2',
    [
      {
        kind: 'physdev',
        isIn: true,
        isOut: true,
        in: 'v+',
        out: 'v2',
        invertIn: true,
        invertOut: true,
      },
    ],
  ],
  [
    '-m rpfilter --validmark --invert -j DROP',
    [{ kind: 'rpfilter', validMark: true, invert: true }],
    DROP,
  ],
  ['-m rpfilter --loose', [{ kind: 'rpfilter', loose: true }]],
  ['-m rpfilter', [{ kind: 'rpfilter' }]],
  [
    '-m comment --comment plain -m comment --comment "ns/svc:p -> 10.0.0.1:80"',
    [comment('plain'), comment('ns/svc:p -> 10.0.0.1:80')],
  ],
  [String.raw`-m comment --comment "a b\'s \"q\" \\ x"`, [comment(String.raw`a b's "q" \ x`)]],
  [
    '-p tcp -m comment --comment "ns/svc:p" -m recent --set --name KX --mask 255.255.255.255 --rsource -m tcp -j DNAT --to-destination 10.1.2.3:80',
    [comment('ns/svc:p'), remember, module('tcp'), protocol('tcp')],
    { kind: 'dnat', address: parseIp('10.1.2.3'), port: 80 },
  ],
];

const A = parseIp('10.1.2.3');
const TARGETS: readonly (readonly [string, Target])[] = [
  ['-j a.b_c-1', { kind: 'jump', chain: 'a.b_c-1' }],
  ['-j RETURN', { kind: 'return' }],
  ['-j MARK --set-xmark 0x10/0xf0', { kind: 'mark', value: 0x10, mask: 0xf0 }],
  [
    '-j MARK --set-xmark 0x4000/0x4000',
    { kind: 'mark', value: 0x4000, mask: 0x4000, spelling: 'or-mark' },
  ],
  [
    '-j MARK --set-xmark 0x0/0x10000',
    { kind: 'mark', value: 0, mask: 0x10000, spelling: 'and-mark' },
  ],
  [
    '-j MARK --set-xmark 0x80000000/0xffffffff',
    { kind: 'mark', value: 0x8000_0000, mask: 0xffff_ffff },
  ],
  [
    '-j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff',
    { kind: 'connmark-save', mask: 0xffff_ffff },
  ],
  [
    '-j CONNMARK --restore-mark --nfmask 0xf0 --ctmask 0xf0',
    { kind: 'connmark-restore', mask: 0xf0 },
  ],
  ['-j DNAT --to-destination 10.1.2.3', { kind: 'dnat', address: A }],
  ['-j SNAT --to-source 10.1.2.3', { kind: 'snat', address: A }],
  ['-j SNAT --to-source 10.1.2.3 --random-fully', { kind: 'snat', address: A, randomFully: true }],
  [
    '-j SNAT --to-source 10.1.2.3:5000-5001',
    { kind: 'snat', address: A, ports: { first: 5000, last: 5001 } },
  ],
  ['-j MASQUERADE', { kind: 'masquerade' }],
  ['-j MASQUERADE --random-fully', { kind: 'masquerade', randomFully: true }],
  [
    '-j MASQUERADE --to-ports 4790-65535',
    { kind: 'masquerade', ports: { first: 4790, last: 65_535 } },
  ],
  [
    '-j MASQUERADE --to-ports 4790 --random-fully',
    { kind: 'masquerade', ports: { first: 4790, last: 4790 }, randomFully: true },
  ],
  ['-j NOTRACK', { kind: 'notrack' }],
  [
    '-j LOG --log-prefix "calico-packet: " --log-level 5',
    { kind: 'log', prefix: 'calico-packet: ', level: 5 },
  ],
  ['-j LOG --log-prefix x', { kind: 'log', prefix: 'x' }],
  ['-j LOG', { kind: 'log', prefix: '', level: 4 }],
  [
    '-j NFLOG --nflog-prefix "DPI|tier" --nflog-group 1 --nflog-size 80',
    { kind: 'nflog', group: 1, prefix: 'DPI|tier', sizeBytes: 80 },
  ],
  ['-j NFLOG --nflog-group 86', { kind: 'nflog', group: 86 }],
  ['-j NFLOG --nflog-prefix x', { kind: 'nflog', group: 0, prefix: 'x' }],
];

const PROTOCOLS: Readonly<Record<number, string>> = {
  2: 'igmp',
  6: 'tcp',
  17: 'udp',
  33: 'dccp',
  41: 'ipv6',
  47: 'gre',
  50: 'esp',
  51: 'ah',
  58: 'ipv6-icmp',
  89: 'ospf',
  94: 'ipip',
  99: '99',
  103: 'pim',
  108: 'ipcomp',
  112: 'vrrp',
  115: 'l2tp',
  132: 'sctp',
  135: 'mobility-header',
  136: 'udplite',
  255: '255',
};

describe('a rule as iptables-save prints it', () => {
  for (const [text, matches, target] of MATCHES) {
    it(text === '' ? 'matches that are always true' : text, () => {
      expect(formatRule(target === undefined ? { matches } : { matches, target }, 4)).toBe(text);
    });
  }

  for (const [text, target] of TARGETS) {
    it(text, () => {
      expect(formatRule({ matches: [], target }, 4)).toBe(text);
    });
  }

  it('names protocols as /etc/protocols does', () => {
    for (const [number, name] of Object.entries(PROTOCOLS)) {
      expect(formatRule({ matches: [protocol(Number(number))] }, 4)).toBe(`-p ${name}`);
    }
  });

  it('names every address type and every reject type', () => {
    const types: readonly AddressType[] = [
      'LOCAL',
      'UNICAST',
      'BROADCAST',
      'MULTICAST',
      'ANYCAST',
      'UNSPEC',
      'BLACKHOLE',
      'UNREACHABLE',
      'PROHIBIT',
    ];
    for (const type of types) {
      const matches: readonly Match[] = [{ kind: 'address-type', destination: { type } }];
      expect(formatRule({ matches }, 4)).toBe(`-m addrtype --dst-type ${type}`);
    }
    const rejects: readonly RejectType[] = [
      'icmp-net-unreachable',
      'icmp-admin-prohibited',
      'tcp-reset',
      'icmp6-no-route',
    ];
    for (const type of rejects) {
      expect(formatRule({ matches: [], target: { kind: 'reject', with: type } }, 4)).toBe(
        `-j REJECT --reject-with ${type}`,
      );
    }
  });
});

describe('a rule as ip6tables-save prints it', () => {
  const examples: readonly Example[] = [
    ['-s fd00::1/128 ! -d fd00::/8', [source('fd00::1/128'), not(destination('fd00::/8'))]],
    ['-p ipv6-icmp -m icmp6 --icmpv6-type 128', [protocol('icmpv6'), icmp(6, 128)]],
    ['-p ipv6-icmp -m icmp6 ! --icmpv6-type 1/4', [protocol(58), not(icmp(6, 1, 4))]],
    [
      '-m recent --set --name KX --mask ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff --rsource',
      [remember],
    ],
    ['-j DNAT --to-destination fd00::1', [], { kind: 'dnat', address: parseIp('fd00::1') }],
    [
      '-p tcp -j DNAT --to-destination [fd00::1]:80',
      [protocol('tcp')],
      { kind: 'dnat', address: parseIp('fd00::1'), port: 80 },
    ],
    [
      '-p tcp -j SNAT --to-source [fd00::1]:5000-5001',
      [protocol('tcp')],
      {
        kind: 'snat',
        address: parseIp('fd00::1'),
        ports: { first: 5000, last: 5001 },
      },
    ],
  ];
  for (const [text, matches, target] of examples) {
    it(text, () => {
      expect(formatRule(target === undefined ? { matches } : { matches, target }, 6)).toBe(text);
    });
  }
});
