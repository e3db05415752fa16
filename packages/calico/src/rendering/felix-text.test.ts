import { parsePrefix } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { type FelixAction, type FelixMatch, goto, jump } from './felix-rule.ts';
import { actionText, felixRuleText, matchText, safeComment } from './felix-text.ts';

const NEW = { randomFully: true, nflogSize: true };
const OLD = { randomFully: false, nflogSize: false };

describe('matchText', () => {
  it.each<[FelixMatch, string]>([
    [{ kind: 'source', prefix: parsePrefix('10.0.0.0/8') }, '--source 10.0.0.0/8'],
    [
      { kind: 'destination', prefix: parsePrefix('fd00::/8'), invert: true },
      '! --destination fd00::/8',
    ],
    [{ kind: 'in-interface', name: 'cali+' }, '--in-interface cali+'],
    [{ kind: 'protocol', protocol: 'tcp', invert: true }, '! -p tcp'],
    [{ kind: 'protocol', protocol: 132 }, '-p 132'],
    [{ kind: 'port', protocol: 'udp', side: 'source', first: 1, last: 9 }, '--sport 1:9'],
    [
      {
        kind: 'multiport',
        side: 'source',
        ranges: [
          { first: 1, last: 1 },
          { first: 5, last: 9 },
        ],
      },
      '-m multiport --source-ports 1,5:9',
    ],
    [{ kind: 'icmp', version: 4, type: 8, invert: true }, '-m icmp ! --icmp-type 8'],
    [{ kind: 'icmp', version: 6, type: 1, code: 4 }, '-m icmp6 --icmpv6-type 1/4'],
    [{ kind: 'mark', value: 0x10000, mask: 0x10000 }, '-m mark --mark 0x10000/0x10000'],
    [{ kind: 'mark', value: 0, mask: 0x8000_0000 }, '-m mark --mark 0/0x80000000'],
    [
      { kind: 'conntrack', module: 'conntrack', states: ['RELATED', 'ESTABLISHED'] },
      '-m conntrack --ctstate RELATED,ESTABLISHED',
    ],
    [
      { kind: 'set', set: 'cali40n:x', directions: ['dst', 'dst'], invert: true },
      '-m set ! --match-set cali40n:x dst,dst',
    ],
    [{ kind: 'address-type', destination: { type: 'LOCAL' } }, '-m addrtype --dst-type LOCAL'],
    [
      { kind: 'address-type', source: { type: 'LOCAL', invert: true }, limitInterface: 'out' },
      '-m addrtype ! --src-type LOCAL --limit-iface-out',
    ],
    [{ kind: 'rpfilter', invert: true, validMark: true }, '-m rpfilter --invert --validmark'],
  ])('$1', (match, text) => {
    expect(matchText([match])).toBe(text);
  });
});

describe('actionText', () => {
  it.each<[FelixAction, string]>([
    [{ kind: 'accept' }, '--jump ACCEPT'],
    [{ kind: 'reject' }, '--jump REJECT'],
    [{ kind: 'reject', with: 'tcp-reset' }, '--jump REJECT --reject-with tcp-reset'],
    [jump('cali-INPUT'), '--jump cali-INPUT'],
    [goto('cali-wl-to-host'), '--goto cali-wl-to-host'],
    [{ kind: 'set-mark', mark: 0x8 }, '--jump MARK --set-mark 0x8/0x8'],
    [{ kind: 'clear-mark', mark: 0x18 }, '--jump MARK --set-mark 0/0x18'],
    [{ kind: 'set-masked-mark', mark: 0, mask: 0x600 }, '--jump MARK --set-mark 0x0/0x600'],
    [
      { kind: 'log', prefix: 'calico-packet' },
      '--jump LOG --log-prefix "calico-packet: " --log-level 5',
    ],
  ])('$1', (action, text) => {
    expect(actionText(action, NEW)).toBe(text);
  });

  it('goes by what iptables can do', () => {
    const masquerade: FelixAction = { kind: 'masquerade', ports: { first: 1, last: 9 } };
    expect(actionText(masquerade, OLD)).toBe('--jump MASQUERADE --to-ports 1-9');
    expect(actionText(masquerade, NEW)).toBe('--jump MASQUERADE --to-ports 1-9 --random-fully');
    const log: FelixAction = { kind: 'nflog', group: 1, prefix: 'DRI' };
    expect(actionText(log, OLD)).toContain('--nflog-range 80');
    expect(actionText(log, NEW)).toContain('--nflog-size 80');
  });
});

describe('felixRuleText', () => {
  it('puts comments before matches, and the hash before comments', () => {
    const rule = {
      match: [{ kind: 'protocol', protocol: 4 }],
      action: { kind: 'drop' },
      comments: ['one', 'two'],
    } as const;
    expect(felixRuleText('c', rule, 'HASH', NEW)).toBe(
      '-A c HASH -m comment --comment "one" -m comment --comment "two" -p 4 --jump DROP',
    );
    expect(felixRuleText('c', {}, '', NEW)).toBe('-A c');
  });

  it('lets nothing through in a comment that a shell would read', () => {
    expect(safeComment('a"b$(c);d`e\nf')).toBe('a_b__c__d_e_f');
    expect(safeComment('x'.repeat(300))).toHaveLength(256);
  });
});
