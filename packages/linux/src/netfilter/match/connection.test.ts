import { parsePrefix } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import type { Match } from '../rule.ts';
import { append, Bench, DROP, dport, icmp, protocol, states, tcp, udp } from '../test-support.ts';

type Connection = Extract<Match, { readonly kind: 'connection' }>;
const connection = (fields: Omit<Connection, 'kind'>): Match => ({ kind: 'connection', ...fields });

const bench = (...rules: readonly (readonly Match[])[]): Bench =>
  new Bench().apply(...rules.map((matches) => append('filter', 'FORWARD', matches)));

/* Rules and counts as a kernel (6.18) showed them. */
describe('fields of a connection', () => {
  const on = bench(
    [connection({ originalSource: { prefix: parsePrefix('10.1.0.0/24') } })],
    [connection({ originalDestination: { prefix: parsePrefix('10.2.0.2/32'), invert: true } })],
    [connection({ replySource: { prefix: parsePrefix('10.2.0.2/32') } })],
    [connection({ protocol: { protocol: 'udp' } })],
    [connection({ originalDestinationPort: { first: 9, last: 10 } })],
    [connection({ replySourcePort: { first: 9, last: 9 } })],
    [connection({ direction: 'ORIGINAL' })],
    [connection({ direction: 'REPLY' })],
    [connection({ status: { names: ['CONFIRMED'] } })],
    [connection({ status: { names: ['NONE'] } })],
    [connection({ status: { names: ['NONE'], invert: true } })],
    [connection({ status: { names: ['SEEN_REPLY', 'ASSURED'] } })],
    [connection({ expiresSeconds: { first: 0, last: 0 } })],
    [connection({ expiresSeconds: { first: 20, last: 40 } })],
    [connection({ states: { names: ['INVALID'] }, protocol: { protocol: 'udp' } })],
    [connection({ protocol: { protocol: 'icmp' } })],
  );
  const counts = () => on.counters('filter', 'FORWARD').join(' ');

  it('are those of its two tuples, and its state', () => {
    on.forward(udp('10.1.0.2:5 > 10.2.0.2:9'));
    expect(counts()).toBe('1 0 1 1 1 1 1 0 0 0 1 0 1 0 0 0');
    on.forward(udp('10.2.0.2:9 > 10.1.0.2:5'));
    expect(counts()).toBe('2 0 2 2 2 2 1 1 1 0 2 1 1 1 0 0');
    on.forward(udp('10.1.0.2:5 > 10.2.0.2:9'));
    expect(counts()).toBe('3 0 3 3 3 3 2 1 2 0 3 2 1 2 0 0');
  });

  it('do not matter to a packet without one if its state is asked for', () => {
    on.forward(tcp('10.1.0.2:5 > 10.2.0.2:9', 'SA'));
    expect(counts()).toBe('3 0 3 3 3 3 2 1 2 0 3 2 1 2 1 0');
  });

  it('are an identifier for a ping', () => {
    on.forward(icmp('10.1.0.2', '10.2.0.2', 8, 0, 77 << 16));
    expect(counts()).toBe('4 0 4 3 3 3 3 1 2 0 4 2 2 2 1 1');
    const ports = bench([
      connection({ originalSourcePort: { first: 77, last: 77 } }),
      connection({ originalSourcePort: { first: 78, last: 99, invert: true } }),
    ]);
    ports.forward(icmp('10.1.0.2', '10.2.0.2', 8, 0, 77 << 16));
    ports.forward(icmp('10.1.0.2', '10.2.0.2', 8, 0, 79 << 16));
    expect(ports.counters('filter', 'FORWARD')).toEqual([1]);
  });

  it('of IPv6', () => {
    const match = connection({ originalSource: { prefix: parsePrefix('fd00::/16') } });
    const six = new Bench().apply(append('filter', 'FORWARD', [match], undefined, 6));
    six.forward(udp('[fd00::1]:1 > [fd01::2]:2'));
    six.forward(udp('[fd01::2]:2 > [fd00::1]:1'));
    six.forward(udp('[fd01::2]:9 > [fd00::1]:1'));
    expect(six.counters('filter', 'FORWARD', 6)).toEqual([2]);
  });
});

describe('connlimit', () => {
  type Connlimit = Extract<Match, { readonly kind: 'connlimit' }>;
  const connlimit = (fields: Partial<Connlimit>): Match => ({
    kind: 'connlimit',
    compare: 'above',
    limit: 2,
    maskLength: 32,
    side: 'source',
    ...fields,
  });

  /* Steps and counts as a kernel (6.18) showed them. */
  it('counts connections that there are, this one included', () => {
    const on = bench(
      [protocol('udp'), connlimit({})],
      [protocol('udp'), connlimit({ compare: 'upto', maskLength: 24 })],
      [protocol('udp'), connlimit({ side: 'destination' })],
    ).apply(append('filter', 'FORWARD', [protocol('udp'), dport('udp', 66)], DROP));
    const steps: readonly (readonly [string, string])[] = [
      ['10.1.0.2:1 > 10.2.0.2:9', '0 1 0 0'],
      ['10.1.0.2:1 > 10.2.0.2:9', '0 2 0 0'],
      ['10.1.0.2:2 > 10.2.0.2:9', '0 3 0 0'],
      ['10.1.0.2:3 > 10.2.0.2:66', '1 3 1 1'],
      ['10.1.0.2:4 > 10.2.0.2:66', '2 3 2 2'],
      ['10.1.0.2:5 > 10.2.0.2:9', '3 3 3 2'],
      ['10.1.0.3:1 > 10.2.0.2:9', '3 3 4 2'],
      ['10.1.0.3:1 > 10.2.0.50:9', '3 3 4 2'],
      ['10.1.0.2:1 > 10.2.0.2:9', '4 3 5 2'],
    ];
    for (const [flow, expected] of steps) {
      on.forward(udp(flow));
      expect(on.counters('filter', 'FORWARD').join(' ')).toBe(expected);
    }
    on.env.now += 60_000;
    on.forward(udp('10.1.0.2:9 > 10.2.0.2:9'));
    expect(on.counters('filter', 'FORWARD').join(' ')).toBe('4 4 5 2');
  });

  it('takes up connections that were there before the rule, as their packets come', () => {
    const on = bench([states('NEW')]);
    for (const port of [21, 22]) on.forward(udp(`10.1.0.2:${port} > 10.2.0.2:9`));
    on.apply(append('filter', 'FORWARD', [connlimit({ limit: 1 })]));
    for (const port of [21, 22, 21, 22, 23]) on.forward(udp(`10.1.0.2:${port} > 10.2.0.2:9`));
    expect(on.counters('filter', 'FORWARD')).toEqual([7, 4]);
  });

  it('leaves out TCP connections that are over', () => {
    const on = bench([connlimit({ limit: 1, maskLength: 0 })]);
    on.forward(tcp('10.1.0.2:1 > 10.2.0.2:9', 'S'));
    on.forward(tcp('10.2.0.2:9 > 10.1.0.2:1', 'SA', { sequence: 5000, acknowledgement: 1001 }));
    on.forward(tcp('10.1.0.2:1 > 10.2.0.2:9', 'A', { sequence: 1001, acknowledgement: 5001 }));
    on.forward(tcp('10.1.0.2:2 > 10.2.0.2:9', 'S'));
    expect(on.counters('filter', 'FORWARD')).toEqual([1]);
    on.forward(tcp('10.1.0.2:1 > 10.2.0.2:9', 'R', { sequence: 1001 }));
    on.forward(tcp('10.1.0.2:2 > 10.2.0.2:9', 'S'));
    expect(on.counters('filter', 'FORWARD')).toEqual([2]);
  });

  it('of IPv6 counts under a mask', () => {
    const match = connlimit({ limit: 1, maskLength: 64 });
    const on = new Bench().apply(append('filter', 'FORWARD', [match], undefined, 6));
    on.forward(udp('[fd00::1]:1 > [fd01::2]:2'));
    on.forward(udp('[fd00::2]:1 > [fd01::2]:2'));
    on.forward(udp('[fd00:0:0:1::2]:1 > [fd01::2]:2'));
    expect(on.counters('filter', 'FORWARD', 6)).toEqual([1]);
  });
});
