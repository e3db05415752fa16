import { parseIp } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { append, Bench, icmp, raw, states, tcp, udp } from '../test-support.ts';

/** The lines that conntrack 1.4.7 printed for the same packets; it counts a second less at once. */
describe('connections as conntrack -L prints them', () => {
  const list = (family: 4 | 6, ...packets: readonly Parameters<Bench['forward']>[0][]): string => {
    const bench = new Bench().apply(
      append('filter', 'FORWARD', [states('NEW')], undefined, family),
    );
    for (const packet of packets) bench.forward(packet);
    return bench.netfilter.conntrackList();
  };

  it('TCP, with its state', () => {
    expect(list(4, tcp('10.1.0.2:2056 > 10.2.0.2:80', 'S'))).toBe(
      'tcp      6 120 SYN_SENT src=10.1.0.2 dst=10.2.0.2 sport=2056 dport=80 [UNREPLIED] ' +
        'src=10.2.0.2 dst=10.1.0.2 sport=80 dport=2056 mark=0 use=1\n',
    );
  });

  it('UDP, answered', () => {
    expect(list(4, udp('10.1.0.2:2056 > 10.2.0.2:80'), udp('10.2.0.2:80 > 10.1.0.2:2056'))).toBe(
      'udp      17 30 src=10.1.0.2 dst=10.2.0.2 sport=2056 dport=80 ' +
        'src=10.2.0.2 dst=10.1.0.2 sport=80 dport=2056 mark=0 use=1\n',
    );
  });

  it('ICMP, by type, code and identifier', () => {
    expect(list(4, icmp('10.1.0.2', '10.2.0.2', 8, 0, 0x04d2_0001))).toBe(
      'icmp     1 30 src=10.1.0.2 dst=10.2.0.2 type=8 code=0 id=1234 [UNREPLIED] ' +
        'src=10.2.0.2 dst=10.1.0.2 type=0 code=0 id=1234 mark=0 use=1\n',
    );
    expect(list(6, icmp('fd01::2', 'fd02::2', 128, 0, 0x04d2_0001))).toBe(
      'icmpv6   58 30 src=fd01::2 dst=fd02::2 type=128 code=0 id=1234 [UNREPLIED] ' +
        'src=fd02::2 dst=fd01::2 type=129 code=0 id=1234 mark=0 use=1\n',
    );
  });

  it('anything else, by address', () => {
    expect(list(4, raw('10.1.0.2', '10.2.0.2', 99))).toBe(
      'unknown  99 600 src=10.1.0.2 dst=10.2.0.2 [UNREPLIED] src=10.2.0.2 dst=10.1.0.2 mark=0 use=1\n',
    );
  });

  it('both families, translations and marks', () => {
    const bench = new Bench().apply(
      append('nat', 'PREROUTING', [], { kind: 'dnat', address: parseIp('fd02::9') }, 6),
      append('mangle', 'FORWARD', [], { kind: 'mark', value: 0x10, mask: 0xff }, 6),
      append('mangle', 'FORWARD', [], { kind: 'connmark-save', mask: 0xffff_ffff }, 6),
    );
    bench.forward(udp('[fd01::2]:1 > [fd02::2]:2'));
    expect(bench.netfilter.conntrackList()).toBe(
      'udp      17 30 src=fd01::2 dst=fd02::2 sport=1 dport=2 [UNREPLIED] ' +
        'src=fd02::9 dst=fd01::2 sport=2 dport=1 mark=16 use=1\n',
    );
  });
});
