import { parseIp } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import type { Match, PacketRate } from '../rule.ts';
import { formatRule } from './rule-text.ts';

const text = (match: Match, family: 4 | 6 = 4): string => formatRule({ matches: [match] }, family);

const limit = (packets: number, per: PacketRate['per'], burst?: number): Match => ({
  kind: 'limit',
  rate: { packets, per },
  ...(burst === undefined ? {} : { burst }),
});

type Hashlimit = Extract<Match, { readonly kind: 'hashlimit' }>;

const hashlimit = (
  packets: number,
  per: PacketRate['per'],
  rest: Partial<Hashlimit> = {},
): Match => ({
  kind: 'hashlimit',
  name: 'h',
  compare: 'above',
  rate: { packets, per },
  ...rest,
});

type Recent = Extract<Match, { readonly kind: 'recent' }>;

const recent = (action: Recent['action'], rest: Partial<Recent> = {}): Match => ({
  kind: 'recent',
  name: 'A',
  action,
  ...rest,
});

/* What iptables-save 1.8.9 (nf_tables) printed of rules given in these words. */
describe('limit as iptables-save prints it', () => {
  const examples: readonly (readonly [Match, string])[] = [
    [limit(5, 'minute'), '-m limit --limit 5/min'],
    [limit(3, 'second', 10), '-m limit --limit 3/sec --limit-burst 10'],
    [limit(5, 'second', 5), '-m limit --limit 5/sec'],
    [limit(5, 'second', 0), '-m limit --limit 5/sec'],
    [limit(60, 'minute'), '-m limit --limit 1/sec'],
    [limit(7, 'minute'), '-m limit --limit 7/min'],
    [limit(59, 'minute'), '-m limit --limit 59/min'],
    [limit(100, 'hour'), '-m limit --limit 100/hour'],
    [limit(3600, 'hour'), '-m limit --limit 1/sec'],
    [limit(86_400, 'day'), '-m limit --limit 1/sec'],
    [limit(1, 'day'), '-m limit --limit 1/day'],
    [limit(1000, 'minute'), '-m limit --limit 1000/min'],
    [limit(7, 'hour'), '-m limit --limit 7/hour'],
    [limit(3333, 'second'), '-m limit --limit 3333/sec'],
    [limit(6000, 'second'), '-m limit --limit 10000/sec'],
    [limit(9999, 'second'), '-m limit --limit 10000/sec'],
  ];
  it.each(examples)('%o', (match, expected) => {
    expect(text(match)).toBe(expected);
  });
});

describe('hashlimit as iptables-save prints it', () => {
  const examples: readonly (readonly [Match, string])[] = [
    [
      hashlimit(100, 'second', { burst: 200, by: ['srcip'] }),
      '-m hashlimit --hashlimit-above 100/sec --hashlimit-burst 200 --hashlimit-mode srcip --hashlimit-name h',
    ],
    [
      hashlimit(60, 'minute', { compare: 'upto' }),
      '-m hashlimit --hashlimit-upto 1/sec --hashlimit-burst 5 --hashlimit-name h --hashlimit-htable-expire 60000',
    ],
    [
      hashlimit(7, 'second', {
        burst: 3,
        by: ['dstport', 'srcip'],
        sourceMaskLength: 24,
        destinationMaskLength: 16,
        tableSize: 10,
        expireMs: 500,
        collectMs: 700,
      }),
      '-m hashlimit --hashlimit-above 7/sec --hashlimit-burst 3 --hashlimit-mode srcip,dstport --hashlimit-name h --hashlimit-htable-size 10 --hashlimit-htable-gcinterval 700 --hashlimit-htable-expire 500 --hashlimit-srcmask 24 --hashlimit-dstmask 16',
    ],
    [
      hashlimit(5, 'second', {
        by: ['dstip', 'srcport', 'srcip', 'dstport'],
        sourceMaskLength: 32,
      }),
      '-m hashlimit --hashlimit-above 5/sec --hashlimit-burst 5 --hashlimit-mode srcip,srcport,dstip,dstport --hashlimit-name h',
    ],
    [
      hashlimit(5, 'second', { expireMs: 10_000, collectMs: 1000 }),
      '-m hashlimit --hashlimit-above 5/sec --hashlimit-burst 5 --hashlimit-name h --hashlimit-htable-expire 10000',
    ],
    [
      hashlimit(7777, 'second'),
      '-m hashlimit --hashlimit-above 7812/sec --hashlimit-burst 5 --hashlimit-name h',
    ],
    [
      hashlimit(300_000, 'second'),
      '-m hashlimit --hashlimit-above 333333/sec --hashlimit-burst 5 --hashlimit-name h',
    ],
    [
      hashlimit(5, 'hour'),
      '-m hashlimit --hashlimit-above 5/hour --hashlimit-burst 5 --hashlimit-name h',
    ],
  ];
  it.each(examples)('%o', (match, expected) => {
    expect(text(match)).toBe(expected);
  });

  it('in ip6tables counts 128 bits for all', () => {
    const by: Hashlimit['by'] = ['srcip'];
    expect(text(hashlimit(5, 'second', { by, sourceMaskLength: 64 }), 6)).toBe(
      '-m hashlimit --hashlimit-above 5/sec --hashlimit-burst 5 --hashlimit-mode srcip --hashlimit-name h --hashlimit-srcmask 64',
    );
    expect(text(hashlimit(5, 'second', { by, sourceMaskLength: 128 }), 6)).not.toContain('srcmask');
  });
});

describe('statistic as iptables-save prints it', () => {
  it('by chance and by turns, inverted or not', () => {
    const nth = { kind: 'statistic', mode: 'nth', every: 3, packet: 1 } as const;
    expect(text(nth)).toBe('-m statistic --mode nth --every 3 --packet 1');
    expect(text({ ...nth, packet: 2, invert: true })).toBe(
      '-m statistic --mode nth ! --every 3 --packet 2',
    );
    expect(text({ kind: 'statistic', mode: 'random', threshold: 2 ** 30, invert: true })).toBe(
      '-m statistic --mode random ! --probability 0.50000000000',
    );
  });
});

describe('recent as iptables-save prints it', () => {
  const examples: readonly (readonly [Match, string])[] = [
    [
      recent(
        { kind: 'rcheck', seconds: 5, reap: true, hitCount: 3, ttl: true },
        { invert: true, mask: parseIp('255.255.0.0'), side: 'destination' },
      ),
      '-m recent ! --rcheck --seconds 5 --reap --hitcount 3 --rttl --name A --mask 255.255.0.0 --rdest',
    ],
    [
      recent({ kind: 'set' }, { invert: true }),
      '-m recent ! --set --name A --mask 255.255.255.255 --rsource',
    ],
    [recent({ kind: 'update' }), '-m recent --update --name A --mask 255.255.255.255 --rsource'],
    [
      recent({ kind: 'update', seconds: 4, reap: true }),
      '-m recent --update --seconds 4 --reap --name A --mask 255.255.255.255 --rsource',
    ],
    [recent({ kind: 'remove' }), '-m recent --remove --name A --mask 255.255.255.255 --rsource'],
    [
      recent({ kind: 'rcheck', hitCount: 256 }),
      '-m recent --rcheck --hitcount 256 --name A --mask 255.255.255.255 --rsource',
    ],
  ];
  it.each(examples)('%o', (match, expected) => {
    expect(text(match)).toBe(expected);
  });

  it('in ip6tables', () => {
    expect(text(recent({ kind: 'update' }, { mask: parseIp('ffff::') }), 6)).toBe(
      '-m recent --update --name A --mask ffff:: --rsource',
    );
  });
});
