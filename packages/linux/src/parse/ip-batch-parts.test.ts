import { describe, expect, test } from 'vitest';
import { commands } from '../test-commands.ts';
import { formatProgram } from '../text/program.ts';
import { parseIpBatch } from './ip-batch.ts';
import { ParseError } from './parse-error.ts';

const read = (text: string) =>
  parseIpBatch(text, { file: 'program', family: 4 }).map(({ value }) => value);

/** As programs are printed. */
const LINES = [
  'route add 10.0.0.0/8 metric 5 nexthop via 10.1.0.1 dev eth0 weight 3 onlink nexthop via inet6 fe80::1 dev eth1',
  'route add 10.0.0.0/24 tos CS1 via 10.1.0.1',
  'route add blackhole 10.0.0.0/24 tos 0x10',
  'rule add from all tos 0x10 fwmark 0x1/0xff ipproto tcp sport 53 dport 80-90 priority 100 lookup main suppress_prefixlength 0',
  'rule add from all priority 100 goto 32766',
  'rule add from all priority 100 nop',
  'link add tunl0 type ipip',
  'link add t1 mtu 1440 type ipip local 192.0.2.1 remote 192.0.2.2 dev eth0 ttl 64',
  'link add t2 type ipip local 192.0.2.1 nopmtudisc',
];

describe('lines for ip -batch', () => {
  test.each(LINES)('%s', (line) => {
    const found = read(line);
    expect(found).toEqual(commands(line));
    expect(formatProgram({ namespace: 'n', commands: found })).toContain(line);
  });

  test.each([
    'route add 10.0.0.0/8 nexthop via 10.1.0.1 weight 257',
    'route add 10.0.0.0/8 nexthop via',
    'route add 10.0.0.0/8 tos much via 10.1.0.1',
    'rule add from all ipproto nonsense priority 1 lookup main',
    'rule add from all sport x priority 1 lookup main',
    'rule add from all goto 5',
    'link add t type ipip local 2001:db8::1',
    'link add t type ipip ttl 256',
  ])('are refused with their place: %s', (line) => {
    expect(() => read(line)).toThrow(ParseError);
  });
});
