import { parseIp, parseMac, parsePrefix } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import type { Match } from '../rule.ts';
import { formatRule } from './rule-text.ts';

const prefix = parsePrefix;
const ip = parseIp;
const protocol = (name: string): Match => ({ kind: 'protocol', protocol: name });

type PortMatch = Extract<Match, { readonly kind: 'port' }>;
const port = (
  name: PortMatch['protocol'],
  side: PortMatch['side'],
  first: number,
  last: number,
  invert = false,
): Match => ({ kind: 'port', protocol: name, side, first, last, ...(invert ? { invert } : {}) });

/* What iptables-save 1.8.9 (nf_tables) printed of rules given in these words. */
const IPV4: readonly (readonly [string, readonly Match[]])[] = [
  ['-f', [{ kind: 'fragment' }]],
  ['! -f', [{ kind: 'fragment', invert: true }]],
  [
    '-s 1.1.1.1/32 -d 2.2.2.2/32 -i e1 -o e2 -p tcp -f',
    [
      { kind: 'fragment' },
      { kind: 'source', prefix: prefix('1.1.1.1/32') },
      { kind: 'destination', prefix: prefix('2.2.2.2/32') },
      { kind: 'in-interface', name: 'e1' },
      { kind: 'out-interface', name: 'e2' },
      protocol('tcp'),
    ],
  ],
  ['-m length --length 10:20', [{ kind: 'length', first: 10, last: 20 }]],
  ['-m length ! --length 5', [{ kind: 'length', first: 5, last: 5, invert: true }]],
  ['-m ttl ! --ttl-eq 5', [{ kind: 'ttl', compare: 'equal', value: 5, invert: true }]],
  ['-m ttl --ttl-lt 5', [{ kind: 'ttl', compare: 'less', value: 5 }]],
  ['-m ttl --ttl-gt 5', [{ kind: 'ttl', compare: 'greater', value: 5 }]],
  ['-m tos --tos 0x10/0x3f', [{ kind: 'tos', value: 16, mask: 63 }]],
  ['-m tos ! --tos 0x10/0xff', [{ kind: 'tos', value: 16, mask: 255, invert: true }]],
  ['-m dscp --dscp 0x0a', [{ kind: 'dscp', value: 10 }]],
  ['-m dscp ! --dscp 0x2e', [{ kind: 'dscp', value: 46, invert: true }]],
  [
    '-m iprange ! --src-range 10.0.0.1-10.0.0.5 ! --dst-range 10.0.0.1-10.0.0.1',
    [
      {
        kind: 'ip-range',
        source: { first: ip('10.0.0.1'), last: ip('10.0.0.5'), invert: true },
        destination: { first: ip('10.0.0.1'), last: ip('10.0.0.1'), invert: true },
      },
    ],
  ],
  [
    '-m iprange --dst-range 10.0.0.1-10.0.0.5',
    [{ kind: 'ip-range', destination: { first: ip('10.0.0.1'), last: ip('10.0.0.5') } }],
  ],
  [
    '-p esp -m esp ! --espspi 5',
    [protocol('esp'), { kind: 'spi', protocol: 'esp', first: 5, last: 5, invert: true }],
  ],
  [
    '-p esp -m esp',
    [protocol('esp'), { kind: 'spi', protocol: 'esp', first: 0, last: 2 ** 32 - 1 }],
  ],
  [
    '-p esp -m esp --espspi 7:4294967295',
    [protocol('esp'), { kind: 'spi', protocol: 'esp', first: 7, last: 2 ** 32 - 1 }],
  ],
  [
    '-p ah -m ah ! --ahspi 5:6',
    [protocol('ah'), { kind: 'spi', protocol: 'ah', first: 5, last: 6, invert: true }],
  ],
  [
    '-m mac ! --mac-source aa:bb:cc:dd:ee:0f',
    [{ kind: 'mac', mac: parseMac('AA:bb:cc:dd:ee:0F'), invert: true }],
  ],
  ['-m pkttype ! --pkt-type unicast', [{ kind: 'packet-type', type: 'unicast', invert: true }]],
  ['-m pkttype --pkt-type multicast', [{ kind: 'packet-type', type: 'multicast' }]],
  ['-m policy --dir in --pol none', [{ kind: 'policy', direction: 'in', policy: 'none' }]],
  ['-m policy --dir out --pol ipsec', [{ kind: 'policy', direction: 'out', policy: 'ipsec' }]],
  [
    '-m addrtype ! --src-type LOCAL,MULTICAST --dst-type LOCAL,BROADCAST',
    [
      {
        kind: 'address-type',
        source: { type: ['MULTICAST', 'LOCAL'], invert: true },
        destination: { type: ['LOCAL', 'BROADCAST'] },
      },
    ],
  ],
  [
    '-m addrtype --dst-type UNSPEC,UNICAST,LOCAL,BROADCAST,ANYCAST,MULTICAST,BLACKHOLE,UNREACHABLE,PROHIBIT',
    [
      {
        kind: 'address-type',
        destination: {
          type: [
            'PROHIBIT',
            'UNREACHABLE',
            'BLACKHOLE',
            'MULTICAST',
            'ANYCAST',
            'BROADCAST',
            'LOCAL',
            'UNICAST',
            'UNSPEC',
          ],
        },
      },
    ],
  ],
  ['-p udp -m udp --dport 6:65535', [protocol('udp'), port('udp', 'destination', 0, 5, true)]],
  ['-p udp', [protocol('udp'), port('udp', 'destination', 0, 65_535, true)]],
  ['-p udp -m udp ! --sport 5:65535', [protocol('udp'), port('udp', 'source', 5, 65_535, true)]],
  ['-p udp -m udp --sport 5:65535', [protocol('udp'), port('udp', 'source', 5, 65_535)]],
  ['-p udp -m udp ! --sport 0', [protocol('udp'), port('udp', 'source', 0, 0, true)]],
  ['-p udp -m udp --sport 0', [protocol('udp'), port('udp', 'source', 0, 0)]],
  ['-p udp -m udp --dport 0:5', [protocol('udp'), port('udp', 'destination', 0, 5)]],
  [
    '-p tcp -m tcp --sport 8:65535 --dport 6:65535',
    [protocol('tcp'), port('tcp', 'destination', 0, 5, true), port('tcp', 'source', 0, 7, true)],
  ],
  ['-p tcp', [protocol('tcp'), port('tcp', 'destination', 0, 65_535, true)]],
  ['-p sctp -m sctp ! --dport 0:5', [protocol('sctp'), port('sctp', 'destination', 0, 5, true)]],
  [
    '-p sctp -m sctp ! --dport 0:65535',
    [protocol('sctp'), port('sctp', 'destination', 0, 65_535, true)],
  ],
  ['-p sctp -m sctp --dport 0:65535', [protocol('sctp'), port('sctp', 'destination', 0, 65_535)]],
];

const IPV6: readonly (readonly [string, readonly Match[]])[] = [
  ['-m hl ! --hl-eq 5', [{ kind: 'ttl', compare: 'equal', value: 5, invert: true }]],
  ['-m hl --hl-lt 5', [{ kind: 'ttl', compare: 'less', value: 5 }]],
  [
    '-m iprange --src-range fd00::1-fd00::5',
    [{ kind: 'ip-range', source: { first: ip('fd00::1'), last: ip('fd00::5') } }],
  ],
  [
    '-m addrtype --dst-type ANYCAST,UNREACHABLE',
    [{ kind: 'address-type', destination: { type: ['UNREACHABLE', 'ANYCAST'] } }],
  ],
  ['-m ah --ahspi 4', [{ kind: 'spi', protocol: 'ah', first: 4, last: 4 }]],
];

describe('fields of packets as iptables-save prints them', () => {
  it.each(IPV4)('%s', (text, matches) => {
    expect(formatRule({ matches }, 4)).toBe(text);
  });
  it.each(IPV6)('%s (IPv6)', (text, matches) => {
    expect(formatRule({ matches }, 6)).toBe(text);
  });
});
