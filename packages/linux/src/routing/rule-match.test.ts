import { describe, expect, test } from 'vitest';
import { parseRules } from '../parse/ip-rule.ts';
import { clientRouterServer, World } from '../test-world.ts';

/** A router that sends what a rule is about into a blackhole. */
const routerWith = (rules: string): World =>
  clientRouterServer().run('r', 'route add blackhole default table 100').run('r', rules);

describe('a rule', () => {
  test('is about a protocol', () => {
    const world = routerWith('rule add from all ipproto tcp priority 100 lookup 100');
    expect(world.tcp('c', '10.2.0.2', 8080).outcome).toBe('dropped');
    expect(world.udp('c', '10.2.0.2', 8080).outcome).toBe('delivered');
    expect(world.ping('c', '10.2.0.2').outcome).toBe('delivered');
  });

  test('is about ports, of the way there and not of the way back', () => {
    const world = routerWith('rule add from all dport 8080-8090 priority 100 lookup 100');
    expect(world.tcp('c', '10.2.0.2', 8080).outcome).toBe('dropped');
    expect(world.tcp('c', '10.2.0.2', 8091).outcome).toBe('refused');
    expect(world.ping('c', '10.2.0.2').outcome).toBe('delivered');
    const back = routerWith('rule add from all ipproto udp sport 53 priority 100 lookup 100');
    expect(back.udp('c', '10.2.0.2', 8080, { sourcePort: 53 }).outcome).toBe('dropped');
    expect(back.udp('c', '10.2.0.2', 8080, { sourcePort: 54 }).outcome).toBe('delivered');
  });

  test('is about a type of service', () => {
    const world = routerWith('rule add from all tos 0x10 priority 100 lookup 100');
    expect(world.ping('c', '10.2.0.2', { tos: 0x10 }).outcome).toBe('dropped');
    expect(world.ping('c', '10.2.0.2', { tos: 0x50 }).outcome).toBe('dropped');
    expect(world.ping('c', '10.2.0.2', { tos: 0x08 }).outcome).toBe('delivered');
  });

  test('of IPv6 is about the whole traffic class but for congestion', () => {
    const world = clientRouterServer()
      .run('r', 'route add blackhole ::/0 table 100')
      .run('r', '-6 rule add from all tos 0x10 priority 100 lookup 100');
    expect(world.ping('c', '2001:db8:2::2', { tos: 0x11 }).outcome).toBe('dropped');
    expect(world.ping('c', '2001:db8:2::2', { tos: 0x50 }).outcome).toBe('delivered');
  });

  test('may be about everything else', () => {
    const world = routerWith('rule add not from 10.0.0.0/8 ipproto icmp priority 100 lookup 100');
    expect(world.ping('c', '10.2.0.2').outcome).toBe('delivered');
    expect(world.udp('c', '10.2.0.2', 8080).outcome).toBe('dropped');
    world.run('r', 'rule add not from all ipproto tcp priority 50 lookup main');
    expect(world.ping('c', '10.2.0.2').outcome).toBe('delivered');
    expect(world.tcp('c', '10.2.0.2', 8080).outcome).toBe('dropped');
  });

  test('may let only long prefixes count', () => {
    const world = routerWith(
      `rule delete from all priority 32766 lookup main
       rule add from all priority 100 lookup main suppress_prefixlength 24
       route add 10.2.0.2 dev e2 scope link`,
    );
    expect(world.ping('c', '10.2.0.2').outcome).toBe('delivered');
    expect(world.ping('c', '10.2.0.3').outcome).toBe('unreachable');
    // A refusal counts whatever its length.
    world.run('r', 'route add blackhole 10.2.0.0/25');
    expect(world.ping('c', '10.2.0.3').reason).toBe('routed into a blackhole');
  });

  test('may go on with a later one, or with the next where there is none', () => {
    const world = routerWith(
      `rule add from all ipproto icmp priority 100 goto 300
       rule add from all priority 200 lookup 100
       rule add from all priority 300 nop`,
    );
    expect(world.ping('c', '10.2.0.2').outcome).toBe('delivered');
    expect(world.udp('c', '10.2.0.2', 8080).outcome).toBe('dropped');
    world.run('r', 'rule delete from all priority 300 nop');
    expect(world.ping('c', '10.2.0.2').outcome).toBe('dropped');
  });
});

describe('changing rules', () => {
  test.each([
    ['rule add from all tos 0x11 priority 102 lookup 100', 'EINVAL'],
    ['rule add from all tos 0xfc priority 102 lookup 100', 'EINVAL'],
    ['-6 rule add from all tos 0xfc priority 102 lookup 100', 'ok'],
    ['rule add from all sport 2000-1000 priority 117 lookup 100', 'EINVAL'],
    ['rule add from all sport 0 priority 117 lookup 100', 'EINVAL'],
    ['rule add from all priority 111 goto 110', 'EINVAL'],
    ['rule add from all priority 111 goto 5000', 'ok'],
    ['rule add from all ipproto 255 priority 118 lookup 100', 'ok'],
  ])('%s: %s', (line, result) => {
    expect(new World().add('n').try('n', line)).toBe(result);
  });

  test('tells rules apart by what they are about', () => {
    const world = new World()
      .add('n')
      .run('n', 'rule add from all dport 80 priority 106 lookup 100');
    expect(world.try('n', 'rule add from all dport 80 priority 106 lookup 100')).toBe('EEXIST');
    expect(world.try('n', 'rule add from all dport 81 priority 106 lookup 100')).toBe('ok');
    expect(world.try('n', 'rule delete from all dport 80-81 priority 106 lookup 100')).toBe(
      'ENOENT',
    );
    expect(world.try('n', 'rule delete from all priority 106 lookup 100')).toBe('ok');
  });

  test('reads what iproute2 prints', () => {
    const text = `[{"priority":105,"src":"all","ipproto":"udp","dport_start":1000,"dport_end":2000,"table":"100"},
      {"priority":107,"src":"all","table":"main","suppress_prefixlen":0},
      {"priority":110,"src":"all","goto":111,"unresolved":null},{"priority":115,"src":"all","nop":null},
      {"priority":118,"src":"all","tos":"0x08","ipproto":"ipproto-255","sport":53,"table":"100"}]`;
    expect(parseRules(text, { file: 'rules.json', family: 4, tables: new Map() })).toEqual([
      {
        family: 4,
        priority: 105,
        protocol: 17,
        destinationPorts: { first: 1000, last: 2000 },
        action: { kind: 'lookup', table: 100 },
      },
      { family: 4, priority: 107, action: { kind: 'lookup', table: 254, suppressPrefixLength: 0 } },
      { family: 4, priority: 110, action: { kind: 'goto', priority: 111 } },
      { family: 4, priority: 115, action: { kind: 'nop' } },
      {
        family: 4,
        priority: 118,
        tos: 8,
        protocol: 255,
        sourcePorts: { first: 53, last: 53 },
        action: { kind: 'lookup', table: 100 },
      },
    ]);
  });
});
