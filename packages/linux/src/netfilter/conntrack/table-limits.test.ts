import { describe, expect, it } from 'vitest';
import { append, Bench, contextOf, icmp, raw, states, tcp, udp } from '../test-support.ts';

const awake = (): Bench => new Bench().apply(append('filter', 'FORWARD', [states('NEW')]));

const flow = (port: number) => udp(`10.0.0.1:${port} > 10.0.0.2:53`);

const entries = (bench: Bench): readonly string[] =>
  bench.netfilter.conntrackList().split('\n').filter(Boolean);

describe('a conntrack table that is full', () => {
  it('takes no connection more, and drops its packet; those that it has go on', () => {
    const bench = awake();
    bench.env.sysctls.set('net.netfilter.nf_conntrack_max', 2);
    const ends = [1, 2, 3, 1].map((port) => bench.forward(flow(port)));
    expect(ends.map(({ kind }) => kind)).toEqual(['accept', 'accept', 'drop', 'accept']);
    expect(ends[2]).toMatchObject({ reason: 'nf_conntrack: table full, dropping packet' });
    expect(entries(bench)).toHaveLength(2);
  });

  it('has room again once an entry’s time is up', () => {
    const bench = awake();
    bench.env.sysctls.set('net.netfilter.nf_conntrack_max', 1);
    bench.forward(flow(1));
    expect(bench.forward(flow(2)).kind).toBe('drop');
    bench.env.now += 30_000;
    expect(bench.forward(flow(2)).kind).toBe('accept');
  });

  it('does not matter to packets that are exempt', () => {
    const bench = awake().apply(append('raw', 'PREROUTING', [], { kind: 'notrack' }));
    bench.env.sysctls.set('net.netfilter.nf_conntrack_max', 1);
    for (const port of [1, 2, 3]) expect(bench.forward(flow(port)).kind).toBe('accept');
    expect(entries(bench)).toEqual([]);
  });

  it('is never full when there is no limit', () => {
    const bench = awake();
    bench.env.sysctls.set('net.netfilter.nf_conntrack_max', 0);
    for (let port = 1; port <= 50; port++) bench.forward(flow(port));
    expect(entries(bench)).toHaveLength(50);
  });
});

describe('the time that an entry has', () => {
  const seconds = (...[first, ...more]: ReturnType<typeof flow>[]): number => {
    const bench = awake();
    for (const packet of [first, ...more]) if (packet !== undefined) bench.forward(packet);
    return Number(/^\S+ +\d+ (\d+) /.exec(entries(bench)[0] ?? '')?.[1]);
  };

  it('is by protocol, and by what was heard', () => {
    expect(seconds(flow(1))).toBe(30);
    expect(seconds(icmp('10.0.0.1', '10.0.0.2', 8, 0, 0x1_0001))).toBe(30);
    expect(seconds(raw('10.0.0.1', '10.0.0.2', 99))).toBe(600);
    expect(seconds(raw('10.0.0.1', '10.0.0.2', 47))).toBe(30);
    expect(seconds(tcp('10.0.0.1:1 > 10.0.0.2:80', 'S'))).toBe(120);
  });

  it.each([
    ['udp_timeout', flow(1)],
    ['icmp_timeout', icmp('10.0.0.1', '10.0.0.2', 8, 0, 0x1_0001)],
    ['generic_timeout', raw('10.0.0.1', '10.0.0.2', 99)],
    ['tcp_timeout_syn_sent', tcp('10.0.0.1:1 > 10.0.0.2:80', 'S')],
  ])('is what nf_conntrack_%s says', (sysctl, packet) => {
    const bench = awake();
    bench.env.sysctls.set(`net.netfilter.nf_conntrack_${sysctl}`, 7);
    bench.forward(packet);
    bench.env.now += 6999;
    expect(entries(bench)).toHaveLength(1);
    bench.env.now += 1;
    expect(entries(bench)).toHaveLength(0);
  });
});

describe('zones', () => {
  const inZone = (zone: number, more: { zoneDirection?: 'original' | 'reply' } = {}) =>
    ({ kind: 'ct', zone, ...more }) as const;

  it('keep connections with the same addresses and ports apart', () => {
    const bench = awake().apply(
      append('raw', 'PREROUTING', [{ kind: 'in-interface', name: 'e1' }], inZone(1)),
      append('raw', 'PREROUTING', [{ kind: 'in-interface', name: 'e2' }], inZone(2)),
    );
    for (const inDevice of ['e1', 'e2', 'e1']) bench.forward(flow(1), { inDevice });
    expect(bench.counters('filter', 'FORWARD')).toEqual([3]);
    expect(
      entries(bench)
        .map((line) => /zone=\d+/.exec(line)?.[0])
        .toSorted(),
    ).toEqual(['zone=1', 'zone=2']);
  });

  it('do not know the answers of another', () => {
    const bench = awake().apply(
      append('raw', 'PREROUTING', [{ kind: 'in-interface', name: 'e1' }], inZone(1)),
    );
    bench.forward(flow(1));
    const answer = contextOf(udp('10.0.0.2:53 > 10.0.0.1:1'), { inDevice: 'e2' });
    bench.run('PREROUTING', answer);
    expect(answer.conntrack?.state).toBe('NEW');
  });

  it('of one direction leave the other in the common one', () => {
    const bench = awake().apply(
      append(
        'raw',
        'PREROUTING',
        [{ kind: 'in-interface', name: 'e1' }],
        inZone(1, { zoneDirection: 'original' }),
      ),
    );
    bench.forward(flow(1));
    const answer = contextOf(udp('10.0.0.2:53 > 10.0.0.1:1'), { inDevice: 'e2' });
    bench.run('PREROUTING', answer);
    expect(answer.conntrack?.state).toBe('ESTABLISHED');
  });
});
