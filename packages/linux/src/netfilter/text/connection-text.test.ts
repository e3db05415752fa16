import { parsePrefix } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import type { Match } from '../rule.ts';
import { formatRule } from './rule-text.ts';

const text = (match: Match, family: 4 | 6 = 4): string => formatRule({ matches: [match] }, family);

/* What iptables-save 1.8.9 (nf_tables) printed of rules given in these words. */
describe('connections as iptables-save prints them', () => {
  it('with every field', () => {
    expect(
      text({
        kind: 'connection',
        states: { names: ['NEW'] },
        protocol: { protocol: 'udp' },
        originalSource: { prefix: parsePrefix('1.1.1.0/24') },
        originalDestination: { prefix: parsePrefix('2.2.2.2/32'), invert: true },
        replySource: { prefix: parsePrefix('3.3.3.3/32') },
        replyDestination: { prefix: parsePrefix('4.4.4.4/32') },
        originalSourcePort: { first: 5, last: 5 },
        originalDestinationPort: { first: 6, last: 7 },
        replySourcePort: { first: 8, last: 8, invert: true },
        replyDestinationPort: { first: 9, last: 10 },
        status: { names: ['NONE'] },
        expiresSeconds: { first: 5, last: 5 },
        direction: 'REPLY',
      }),
    ).toBe(
      '-m conntrack --ctstate NEW --ctproto 17 --ctorigsrc 1.1.1.0/24 ! --ctorigdst 2.2.2.2 --ctreplsrc 3.3.3.3 --ctrepldst 4.4.4.4 --ctorigsrcport 5 --ctorigdstport 6:7 ! --ctreplsrcport 8 --ctrepldstport 9:10 --ctstatus NONE --ctexpire 5 --ctdir REPLY',
    );
  });

  it('with what can be inverted inverted', () => {
    expect(
      text({
        kind: 'connection',
        states: { names: ['INVALID'], invert: true },
        protocol: { protocol: 17, invert: true },
        status: { names: ['CONFIRMED', 'ASSURED', 'SEEN_REPLY', 'EXPECTED'], invert: true },
        expiresSeconds: { first: 5, last: 9, invert: true },
        direction: 'ORIGINAL',
      }),
    ).toBe(
      '-m conntrack ! --ctstate INVALID ! --ctproto 17 ! --ctstatus EXPECTED,SEEN_REPLY,ASSURED,CONFIRMED ! --ctexpire 5:9 --ctdir ORIGINAL',
    );
  });

  it('of IPv6, and of any address', () => {
    expect(
      text(
        {
          kind: 'connection',
          originalSource: { prefix: parsePrefix('fd00::/8') },
          originalDestination: { prefix: parsePrefix('fd00::1/128') },
        },
        6,
      ),
    ).toBe('-m conntrack --ctorigsrc fd00::/8 --ctorigdst fd00::1');
    expect(text({ kind: 'connection', originalSource: { prefix: parsePrefix('0.0.0.0/0') } })).toBe(
      '-m conntrack --ctorigsrc 0.0.0.0/0',
    );
  });

  it('counted', () => {
    const counted: Match = {
      kind: 'connlimit',
      compare: 'above',
      limit: 10,
      maskLength: 0,
      side: 'source',
    };
    expect(text(counted)).toBe(
      '-m connlimit --connlimit-above 10 --connlimit-mask 0 --connlimit-saddr',
    );
    expect(text({ ...counted, compare: 'upto', maskLength: 24, side: 'destination' })).toBe(
      '-m connlimit --connlimit-upto 10 --connlimit-mask 24 --connlimit-daddr',
    );
  });
});
