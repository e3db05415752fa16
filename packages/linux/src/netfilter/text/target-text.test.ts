import { parseIp } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import type { Target } from '../rule.ts';
import { formatTarget } from './target-text.ts';

const A = parseIp('1.1.1.1');
const B = parseIp('1.1.1.5');
const A6 = parseIp('fd00::1');
const B6 = parseIp('fd00::5');

/* What iptables-save and ip6tables-save 1.8.9 (nf_tables) printed of targets given in these words. */
const EXAMPLES: readonly (readonly [string, Target])[] = [
  ['-j REDIRECT', { kind: 'redirect' }],
  ['-j REDIRECT --to-ports 80', { kind: 'redirect', ports: { first: 80, last: 80 } }],
  [
    '-j REDIRECT --to-ports 80-90 --random',
    { kind: 'redirect', ports: { first: 80, last: 90 }, random: true },
  ],
  ['-j REDIRECT --random', { kind: 'redirect', random: true }],
  ['-j DNAT --to-destination 1.1.1.1-1.1.1.5', { kind: 'dnat', address: A, lastAddress: B }],
  ['-j DNAT --to-destination 1.1.1.1', { kind: 'dnat', address: A, lastAddress: A }],
  [
    '-j DNAT --to-destination 1.1.1.1-1.1.1.5:80-90 --random --persistent',
    {
      kind: 'dnat',
      address: A,
      lastAddress: B,
      port: 80,
      lastPort: 90,
      random: true,
      persistent: true,
    },
  ],
  [
    '-j DNAT --to-destination 1.1.1.1:80-85/90',
    { kind: 'dnat', address: A, port: 80, lastPort: 85, basePort: 90 },
  ],
  ['-j DNAT --to-destination 1.1.1.1:5', { kind: 'dnat', address: A, port: 5, lastPort: 5 }],
  ['-j DNAT --to-destination :80', { kind: 'dnat', port: 80 }],
  ['-j DNAT --to-destination :80-90/70', { kind: 'dnat', port: 80, lastPort: 90, basePort: 70 }],
  ['-j SNAT --to-source :1000-2000', { kind: 'snat', ports: { first: 1000, last: 2000 } }],
  ['-j DNAT --to-destination 1.1.1.1:0', { kind: 'dnat', address: A, port: 0 }],
  ['-j DNAT --to-destination fd00::1-fd00::5', { kind: 'dnat', address: A6, lastAddress: B6 }],
  [
    '-j DNAT --to-destination [fd00::1-fd00::5]:80',
    { kind: 'dnat', address: A6, lastAddress: B6, port: 80 },
  ],
  [
    '-j DNAT --to-destination [fd00::1]:80-90/100',
    { kind: 'dnat', address: A6, port: 80, lastPort: 90, basePort: 100 },
  ],
  [
    '-j SNAT --to-source 1.1.1.1-1.1.1.5 --random --random-fully --persistent',
    {
      kind: 'snat',
      address: A,
      lastAddress: B,
      random: true,
      randomFully: true,
      persistent: true,
    },
  ],
  [
    '-j SNAT --to-source [fd00::1-fd00::5]:80',
    { kind: 'snat', address: A6, lastAddress: B6, ports: { first: 80, last: 80 } },
  ],
  [
    '-j MASQUERADE --to-ports 5-9 --random --random-fully',
    { kind: 'masquerade', ports: { first: 5, last: 9 }, random: true, randomFully: true },
  ],
  ['-j CONNMARK --set-xmark 0x5/0xf', { kind: 'connmark-set', value: 5, mask: 15 }],
  ['-j CONNMARK --set-xmark 0x5/0x0', { kind: 'connmark-set', value: 5, mask: 0 }],
  [
    '-j CONNMARK --save-mark --nfmask 0x5 --ctmask 0x7',
    { kind: 'connmark-save', mask: 7, packetMask: 5 },
  ],
  [
    '-j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0x7',
    { kind: 'connmark-restore', mask: 7, packetMask: 0xffff_ffff },
  ],
  ['-j TCPMSS --clamp-mss-to-pmtu', { kind: 'tcp-mss', mss: 'path-mtu' }],
  ['-j TCPMSS --set-mss 1000', { kind: 'tcp-mss', mss: 1000 }],
  ['-j CT', { kind: 'ct' }],
  ['-j CT', { kind: 'ct', zone: 0 }],
  ['-j CT --notrack', { kind: 'ct', notrack: true }],
  ['-j CT --notrack --zone 5', { kind: 'ct', notrack: true, zone: 5 }],
  ['-j CT --zone 5', { kind: 'ct', zone: 5 }],
  ['-j CT --zone-orig mark', { kind: 'ct', zone: 'mark', zoneDirection: 'original' }],
  ['-j CT --zone-reply 5', { kind: 'ct', zone: 5, zoneDirection: 'reply' }],
  ['-j CT --helper ftp --zone 7', { kind: 'ct', helper: 'ftp', zone: 7 }],
  ['-j DSCP --set-dscp 0x00', { kind: 'dscp', value: 0 }],
  ['-j DSCP --set-dscp 0x2e', { kind: 'dscp', value: 46 }],
  ['-j SET --add-set s src', { kind: 'set', op: 'add', set: 's', directions: ['src'] }],
  [
    '-j SET --add-set st src,dst --exist --timeout 5',
    {
      kind: 'set',
      op: 'add',
      set: 'st',
      directions: ['src', 'dst'],
      exist: true,
      timeoutSeconds: 5,
    },
  ],
  ['-j SET --del-set s src', { kind: 'set', op: 'delete', set: 's', directions: ['src'] }],
  ['-j REJECT --reject-with icmp6-policy-fail', { kind: 'reject', with: 'icmp6-policy-fail' }],
  ['-j REJECT --reject-with icmp6-reject-route', { kind: 'reject', with: 'icmp6-reject-route' }],
];

describe('targets as iptables-save prints them', () => {
  it.each(EXAMPLES)('%s', (text, target) => {
    expect(formatTarget(target)).toBe(text);
  });
});
