import { describe, expect, it } from 'vitest';
import { clientRouterServer, ending, World } from '../../test-world.ts';
import type { Match } from '../rule.ts';
import { append, Bench, udp } from '../test-support.ts';

describe('-m owner', () => {
  it('lets some users out and not others', () => {
    const world = clientRouterServer().iptables(
      'c',
      'filter -A OUTPUT -m owner ! --uid-owner 1000-1999 -j DROP',
    );
    const as = (uid: number): string =>
      ending(world.udp('c', '10.2.0.2', 8080, { owner: { uid, gid: 0 } }));
    expect([999, 1000, 1999, 2000].map(as)).toEqual([
      'dropped, no answer',
      'delivered, delivered',
      'delivered, delivered',
      'dropped, no answer',
    ]);
  });

  it('knows no owner of what others sent', () => {
    const world = clientRouterServer().iptables(
      'r',
      `mangle -A POSTROUTING -m owner --socket-exists
       mangle -A POSTROUTING -m owner ! --socket-exists`,
    );
    world.udp('c', '10.2.0.2', 8080);
    expect(world.counted('r').map((line) => line.slice(0, 3))).toEqual(['[0]', '[2]']);
  });

  it('is refused where packets come in', () => {
    const world = new World().add('n');
    expect(() => world.iptables('n', 'filter -A INPUT -m owner --uid-owner 0')).toThrow('EINVAL');
  });
});

describe('-m u32', () => {
  const passes = (tests: Extract<Match, { readonly kind: 'u32' }>['tests']): boolean => {
    const bench = new Bench().apply(append('filter', 'FORWARD', [{ kind: 'u32', tests }]));
    bench.forward(udp('10.0.0.1:5001 > 10.0.0.2:53'));
    return bench.counters('filter', 'FORWARD')[0] === 1;
  };
  const only = (value: number) => [{ first: value, last: value }];

  it('reads a word, and masks and shifts it', () => {
    expect(passes([{ offset: 12, steps: [], ranges: only(0x0a00_0001) }])).toBe(true);
    const length = [{ operator: '&', operand: 0xffff }] as const;
    expect(passes([{ offset: 0, steps: length, ranges: only(28) }])).toBe(true);
    const shifted = [{ operator: '<<', operand: 24 }] as const;
    expect(passes([{ offset: 12, steps: shifted, ranges: only(0x0100_0000) }])).toBe(true);
  });

  it('goes on from what it found', () => {
    const transport = [
      { operator: '>>', operand: 22 },
      { operator: '&', operand: 0x3c },
      { operator: '@', operand: 0 },
    ] as const;
    expect(passes([{ offset: 0, steps: transport, ranges: only(5001 * 0x1_0000 + 53) }])).toBe(
      true,
    );
  });

  it('fails where the packet ends, whatever is asked', () => {
    const everything = [{ first: 0, last: 0xffff_ffff }];
    expect(passes([{ offset: 24, steps: [], ranges: everything }])).toBe(true);
    expect(passes([{ offset: 25, steps: [], ranges: everything }])).toBe(false);
  });
});

describe('-m nfacct', () => {
  it('matches whatever comes', () => {
    const world = clientRouterServer().iptables(
      'r',
      'filter -A FORWARD -m nfacct --nfacct-name seen -m conntrack --ctstate INVALID -j DROP',
    );
    expect(ending(world.udp('c', '10.2.0.2', 8080))).toBe('delivered, delivered');
    world.iptables('r', 'filter -I FORWARD -p udp -m nfacct --nfacct-name seen -j DROP');
    expect(ending(world.udp('c', '10.2.0.2', 8080))).toBe('dropped, no answer');
  });
});

describe('what is not emulated', () => {
  it.each([
    ['-m cgroup --path a -j DROP', '-m cgroup'],
    ['-m bpf --bytecode "1,6 0 0 1" -j DROP', '-m bpf'],
    ['-m ipvs --ipvs -j DROP', '-m ipvs'],
    ['-p tcp -j SYNPROXY --mss 1460', 'SYNPROXY'],
  ])('leaves packets that meet it undecided, and says what it was: %s', (rule, name) => {
    const world = clientRouterServer().iptables('r', `filter -A FORWARD ${rule}`);
    const trace = world.tcp('c', '10.2.0.2', 8080);
    expect(trace.outcome).toBe('undecided');
    expect(trace.reason).toContain(name);
  });

  it('does not matter where it changes nothing: AUDIT, say', () => {
    const world = clientRouterServer().iptables('r', 'filter -A FORWARD -j AUDIT --type accept');
    expect(ending(world.udp('c', '10.2.0.2', 8080))).toBe('delivered, delivered');
  });
});
