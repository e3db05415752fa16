import { encodeIpPacket, type IpPacket, parseIp } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import type { IptablesCommand } from '../../commands.ts';
import { answerAttachment } from '../conntrack/attachment.ts';
import type { Match, Target } from '../rule.ts';
import {
  append,
  Bench,
  contextOf,
  destination,
  dport,
  icmp,
  protocol,
  source,
  states,
  tcp,
  udp,
} from '../test-support.ts';

const C = '10.1.0.2';
const S = '10.2.0.2';
const VIP = '10.96.0.10';
const NODE = '192.0.2.1';

const dnat = (to: string, port?: number): Target =>
  port === undefined
    ? { kind: 'dnat', address: parseIp(to) }
    : { kind: 'dnat', address: parseIp(to), port };

const service: readonly Match[] = [destination(`${VIP}/32`), protocol('udp'), dport('udp', 53)];
const toServer = append('nat', 'PREROUTING', service, dnat(S, 5353));
const masquerade = append('nat', 'POSTROUTING', [source('10.1.0.0/16')], { kind: 'masquerade' });

const through = (bench: Bench, packet: IpPacket): IpPacket => {
  bench.forward(packet);
  return packet;
};

describe('destination and source NAT', () => {
  it('rewrite questions by rule, answers by the entry', () => {
    const bench = new Bench().apply(toServer, masquerade);
    expect(through(bench, udp(`${C}:4000 > ${VIP}:53`))).toEqual(udp(`${NODE}:4000 > ${S}:5353`));
    expect(through(bench, udp(`${S}:5353 > ${NODE}:4000`))).toEqual(udp(`${VIP}:53 > ${C}:4000`));
    expect(bench.netfilter.conntrackList()).toBe(
      'udp      17 30 src=10.1.0.2 dst=10.96.0.10 sport=4000 dport=53 ' +
        'src=10.2.0.2 dst=192.0.2.1 sport=5353 dport=4000 mark=0 use=1\n',
    );
  });

  it('walk the nat chains once a flow', () => {
    const bench = new Bench().apply(
      append('nat', 'PREROUTING', []),
      append('mangle', 'PREROUTING', []),
      masquerade,
    );
    for (let i = 0; i < 5; i++) {
      through(bench, icmp(C, S, 8, 0, 0x0007_0000 + i));
      through(bench, icmp(S, NODE, 0, 0, 0x0007_0000 + i));
    }
    expect(bench.counters('nat', 'PREROUTING')).toEqual([1]);
    expect(bench.counters('mangle', 'PREROUTING')).toEqual([10]);
  });

  it('keep a flow where it went when the rule changes', () => {
    const bench = new Bench().apply(toServer);
    through(bench, udp(`${C}:4000 > ${VIP}:53`));
    bench.apply(
      { kind: 'iptables', family: 4, table: 'nat', op: 'flush-chain', chain: 'PREROUTING' },
      append('nat', 'PREROUTING', service, dnat('10.2.0.3', 5353)),
      append('filter', 'FORWARD', [states('NEW')]),
    );
    expect(through(bench, udp(`${C}:4000 > ${VIP}:53`)).dst).toBe(parseIp(S));
    expect(through(bench, udp(`${C}:4001 > ${VIP}:53`)).dst).toBe(parseIp('10.2.0.3'));
    bench.env.now += 30_000;
    expect(through(bench, udp(`${C}:4000 > ${VIP}:53`)).dst).toBe(parseIp('10.2.0.3'));
  });

  it('are recorded as steps, with what changed', () => {
    const bench = new Bench().apply(toServer, masquerade);
    const steps = bench.watch(udp(`${C}:4000 > ${VIP}:53`)).filter(({ kind }) => kind === 'nat');
    expect(steps).toEqual([
      { kind: 'nat', manipulation: 'destination', from: `${VIP}:53`, to: `${S}:5353` },
      { kind: 'nat', manipulation: 'source', from: `${C}:4000`, to: `${NODE}:4000` },
    ]);
  });

  it('work at OUTPUT for what is sent here, and at INPUT for what stays', () => {
    const bench = new Bench().apply(
      append('nat', 'OUTPUT', service, dnat(S, 5353)),
      append('nat', 'INPUT', [protocol('tcp')], { kind: 'snat', address: parseIp('10.0.0.99') }),
    );
    const sent = udp(`${NODE}:4000 > ${VIP}:53`);
    bench.send(sent);
    expect(sent).toEqual(udp(`${NODE}:4000 > ${S}:5353`));
    const answer = udp(`${S}:5353 > ${NODE}:4000`);
    bench.receive(answer);
    expect(answer).toEqual(udp(`${VIP}:53 > ${NODE}:4000`));
    const received = tcp(`${C}:1000 > ${NODE}:80`, 'S');
    bench.receive(received);
    expect(received.src).toBe(parseIp('10.0.0.99'));
  });

  it('leave INVALID and exempt packets as they are', () => {
    const bench = new Bench().apply(
      append('nat', 'PREROUTING', [], dnat(S)),
      append('raw', 'PREROUTING', [protocol('udp')], { kind: 'notrack' }),
    );
    expect(through(bench, tcp(`${C}:1000 > ${VIP}:80`, 'R')).dst).toBe(parseIp(VIP));
    expect(through(bench, udp(`${C}:1000 > ${VIP}:80`)).dst).toBe(parseIp(VIP));
  });

  it('translate IPv6 alike', () => {
    const bench = new Bench();
    bench.env.masquerade = parseIp('fd00::99');
    bench.apply(
      append(
        'nat',
        'PREROUTING',
        [destination('fd96::a/128'), protocol('udp'), dport('udp', 53)],
        dnat('fd02::2', 5353),
        6,
      ),
      append('nat', 'POSTROUTING', [], { kind: 'masquerade' }, 6),
    );
    expect(through(bench, udp('[fd01::2]:4000 > [fd96::a]:53'))).toEqual(
      udp('[fd00::99]:4000 > [fd02::2]:5353'),
    );
    expect(through(bench, udp('[fd02::2]:5353 > [fd00::99]:4000'))).toEqual(
      udp('[fd96::a]:53 > [fd01::2]:4000'),
    );
  });
});

describe('an ICMP error about a translated packet', () => {
  it('reaches the sender with the quote as the sender wrote it', () => {
    const bench = new Bench().apply(toServer, masquerade);
    const asked = udp(`${C}:4000 > ${VIP}:53`);
    const original = encodeIpPacket(asked);
    const seen = through(bench, asked);
    const error = icmp(S, NODE, 3, 3, 0, encodeIpPacket(seen));
    bench.forward(error);
    expect(error.src).toBe(parseIp(VIP));
    expect(error.dst).toBe(parseIp(C));
    expect(error.payload).toMatchObject({ kind: 'icmp', data: original });
  });

  it('from a router on the way keeps that address', () => {
    const bench = new Bench().apply(masquerade);
    const seen = through(bench, udp(`${C}:4000 > ${S}:53`));
    const error = icmp('10.2.0.254', NODE, 11, 0, 0, encodeIpPacket(seen));
    bench.forward(error);
    expect(error.src).toBe(parseIp('10.2.0.254'));
    expect(error.dst).toBe(parseIp(C));
  });

  it('made up here for a packet refused on its way comes from where that was sent to', () => {
    const bench = new Bench().apply(toServer, masquerade);
    const question = contextOf(udp(`${C}:4000 > ${VIP}:53`));
    bench.run('PREROUTING', question);
    const error = icmp('10.1.0.1', C, 3, 3, 0, encodeIpPacket(question.packet));
    bench.send(error, { conntrack: answerAttachment(question.conntrack) });
    expect(error.src).toBe(parseIp(VIP));
  });
});

describe('MASQUERADE', () => {
  it('drops when the device has no address to give', () => {
    const bench = new Bench().apply(masquerade);
    bench.env.masquerade = undefined;
    expect(bench.forward(udp(`${C}:4000 > ${S}:53`))).toMatchObject({ kind: 'drop' });
  });

  it('ends the connection when it leaves by another device', () => {
    const bench = new Bench().apply(masquerade);
    bench.forward(udp(`${C}:4000 > ${S}:53`), { outDevice: 'e2' });
    expect(bench.forward(udp(`${C}:4000 > ${S}:53`), { outDevice: 'e3' })).toMatchObject({
      kind: 'drop',
    });
    expect(bench.netfilter.conntrackList()).toBe('');
  });
});

describe('without a nat table', () => {
  it('nothing is bound, so that rules added later still find the flow undecided, but too late', () => {
    const bench = new Bench().apply(append('filter', 'FORWARD', [states('NEW')]));
    through(bench, udp(`${C}:4000 > ${VIP}:53`));
    bench.apply(toServer);
    expect(through(bench, udp(`${C}:4000 > ${VIP}:53`)).dst).toBe(parseIp(VIP));
    expect(bench.counters('nat', 'PREROUTING')).toEqual([1]);
    expect(through(bench, udp(`${C}:4001 > ${VIP}:53`)).dst).toBe(parseIp(S));
  });
});

describe('the FORWARD chain', () => {
  it('sees the new destination and the old source', () => {
    const seen = (matches: readonly Match[]): IptablesCommand =>
      append('filter', 'FORWARD', matches);
    const bench = new Bench().apply(
      toServer,
      masquerade,
      seen([source(`${C}/32`), destination(`${S}/32`), protocol('udp'), dport('udp', 5353)]),
      seen([destination(`${VIP}/32`)]),
    );
    through(bench, udp(`${C}:4000 > ${VIP}:53`));
    expect(bench.counters('filter', 'FORWARD')).toEqual([1, 0]);
  });
});
