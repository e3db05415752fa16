import { parseMac } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { seenOn, World } from '../test-world.ts';

/** Hosts a, b and c on a switch, each with a VXLAN device; b and c send everything to a, which only learns. */
function three(more = ''): World {
  const world = new World().add('w', 'a', 'b', 'c');
  world.run('w', 'link add br0 type bridge \n link set dev br0 up');
  for (const [index, host] of ['a', 'b', 'c'].entries()) {
    const n = index + 1;
    world.run(
      'w',
      `link add v${host} type veth peer name e netns ${host}
       link set dev v${host} master br0 up`,
    );
    world.run(
      host,
      `link set dev e up
       address add 192.0.2.${n}/24 dev e
       link add v address 02:00:00:00:00:0${n} type vxlan id 5 local 192.0.2.${n} dstport 4789 ${host === 'a' ? more : ''}
       link set dev v up
       address add 10.0.0.${n}/24 dev v`,
    );
    if (host !== 'a') {
      world.run(host, 'fdb append 00:00:00:00:00:00 dev v dst 192.0.2.1');
    }
  }
  return world;
}

const MAC = '02:00:00:00:0b:0b';

/** Whether a takes a frame of that source from a host. */
function isTaken(world: World, from: string): boolean {
  world.run(from, `link set dev v address ${MAC}`);
  const trace = world.udp(from, '10.0.0.1', 9);
  return seenOn(trace, 'a', 'v', 'in').some(({ frame }) => frame.src === parseMac(MAC));
}

const placeOf = (world: World): string | undefined => {
  const entry = world.network
    .namespace('a')
    .fdb()
    .find(({ mac }) => mac === parseMac(MAC));
  return typeof entry?.dst === 'number' ? `192.0.2.${entry.dst & 255}` : undefined;
};

// Kernel 6.18: frames of one source sent from two hosts.
describe('a VXLAN device that learns', () => {
  it('follows a host that moves', () => {
    const world = three();
    expect(isTaken(world, 'b')).toBe(true);
    expect(placeOf(world)).toBe('192.0.2.2');
    expect(isTaken(world, 'c')).toBe(true);
    expect(placeOf(world)).toBe('192.0.2.3');
  });

  it('takes nothing from where an entry by hand says that the host is not', () => {
    const world = three().run('a', `fdb replace ${MAC} dev v dst 192.0.2.2`);
    expect(isTaken(world, 'b')).toBe(true);
    expect(isTaken(world, 'c')).toBe(false);
    expect(placeOf(world)).toBe('192.0.2.2');
  });

  it('believes what it hears more than an entry that was not to stay', () => {
    const world = three().run('a', `fdb replace ${MAC} dev v dst 192.0.2.2 dynamic`);
    expect(isTaken(world, 'c')).toBe(true);
    expect(placeOf(world)).toBe('192.0.2.3');
  });

  it('does not mind where it does not learn', () => {
    const world = three('nolearning').run('a', `fdb replace ${MAC} dev v dst 192.0.2.2`);
    expect(isTaken(world, 'c')).toBe(true);
  });

  it('forgets after as long as it is told to', () => {
    const world = three('ageing 2');
    isTaken(world, 'b');
    world.network.advance(1900);
    expect(placeOf(world)).toBe('192.0.2.2');
    world.network.advance(200);
    expect(placeOf(world)).toBeUndefined();
  });
});

describe('congestion between VXLAN devices', () => {
  /** The type of service that a packet arrives with, something on the way having set its congestion bits outside. */
  function arrived(outside: number, inside: number): number | undefined {
    const world = new World().add('w', 'a', 'b');
    for (const [index, host] of ['a', 'b'].entries()) {
      const n = index + 1;
      world.run(
        'w',
        `link add v${host} type veth peer name e netns ${host} \n link set dev v${host} up`,
      );
      world.run(
        host,
        `link set dev e up
         address add 192.0.2.${n}/24 dev e
         link add v address 02:00:00:00:00:0${n} type vxlan id 5 local 192.0.2.${n} remote 192.0.2.${3 - n} dstport 4789
         link set dev v up
         address add 10.0.0.${n}/24 dev v`,
      );
    }
    world.network.attachProgram('w', {
      devices: ['va', 'vb'],
      tunnel: { name: 'none', port: 6784 },
      receive: (passing) => {
        const { payload } = passing.frame;
        if (payload.kind === 'ipv4') payload.tos = (payload.tos & 0xfc) | outside;
        const { from } = passing;
        passing.transmit(from.kind === 'device' && from.device === 'va' ? 'vb' : 'va');
      },
    });
    const trace = world.udp('b', '10.0.0.1', 9, { tos: inside });
    for (const { frame } of seenOn(trace, 'a', 'v', 'in')) {
      if (frame.payload.kind === 'ipv4') return frame.payload.tos;
    }
    return undefined;
  }

  it.each([
    [3, 0, undefined],
    [3, 1, 3],
    [3, 2, 3],
    [3, 3, 3],
    [3, 0xb8, undefined],
    [3, 0xba, 0xbb],
    [1, 0, 0],
    [1, 1, 1],
    [1, 2, 1],
    [1, 3, 3],
  ])('outside %s, inside %s: arrives with %s', (outside, inside, expected) => {
    expect(arrived(outside, inside)).toBe(expected);
  });
});
