import { describe, expect, it } from 'vitest';
import { seenOn, World } from '../test-world.ts';

/** Hosts p, q and r on ports vp, vq and vr of a bridge. */
function hosts(): World {
  const world = new World().add('br', 'p', 'q', 'r');
  world.run(
    'br',
    'link add br0 type bridge \n link set dev br0 up \n address add 10.0.0.254/24 dev br0',
  );
  for (const [n, host] of ['p', 'q', 'r'].entries()) {
    world.run(
      'br',
      `link add v${host} type veth peer name eth0 netns ${host}
       link set dev v${host} master br0 up`,
    );
    world.run(host, `link set dev eth0 up \n address add 10.0.0.${n + 1}/24 dev eth0`);
  }
  return world;
}

const carrierOf = (world: World): boolean | undefined =>
  world.network
    .namespace('br')
    .devices()
    .find(({ name }) => name === 'br0')?.carrier;

const learned = (world: World): readonly string[] =>
  world.network
    .namespace('br')
    .fdb()
    .filter(({ life }) => life === 'dynamic')
    .map(({ device }) => device);

// Each as kernel 6.18 without a spanning tree had it.
describe('the state of a bridge port', () => {
  it.each(['disabled', 'listening'])('%s: nothing passes, and nothing is learned', (state) => {
    const world = hosts().run('br', `link set dev vq state ${state}`);
    expect(world.ping('p', '10.0.0.2').outcome).toBe('unreachable');
    expect(world.ping('q', '10.0.0.1').outcome).toBe('unreachable');
    expect(learned(world)).toEqual(['vp']);
    expect(world.ping('p', '10.0.0.3').outcome).toBe('delivered');
  });

  it('learning: nothing passes, but who speaks there is known', () => {
    const world = hosts().run('br', 'link set dev vq state learning');
    expect(world.ping('q', '10.0.0.1').outcome).toBe('unreachable');
    expect(learned(world)).toEqual(['vq']);
  });

  it('blocking: as good as forwarding where nothing decides about it', () => {
    const world = hosts().run('br', 'link set dev vq state blocking');
    expect(world.ping('p', '10.0.0.2').outcome).toBe('delivered');
  });

  it('is of no port that is down, and forgotten by one that goes down', () => {
    const world = hosts();
    world.run('br', 'link set dev vq down');
    expect(world.try('br', 'link set dev vq state listening')).toBe('ENETDOWN');
    world.run('br', 'link set dev vq up \n link set dev vq state listening');
    world.run('br', 'link set dev vq down \n link set dev vq up');
    expect(world.ping('p', '10.0.0.2').outcome).toBe('delivered');
  });

  it('counts for the carrier of the bridge', () => {
    const world = hosts();
    for (const host of ['p', 'q', 'r']) {
      expect(carrierOf(world)).toBe(true);
      world.run('br', `link set dev v${host} state listening`);
    }
    expect(carrierOf(world)).toBe(false);
    world.run('br', 'link set dev vq state forwarding');
    expect(carrierOf(world)).toBe(true);
  });
});

describe('what a bridge port takes of what is for nobody known', () => {
  const heard = (world: World, from: string, to: string): readonly string[] => {
    const trace = world.ping(from, to);
    return ['q', 'r'].filter((host) => seenOn(trace, host, 'eth0', 'in').length > 0);
  };

  it('are no broadcasts, where it is told so', () => {
    const world = hosts().run('br', 'link set dev vq bcast_flood off');
    expect(heard(world, 'p', '10.0.0.3')).toEqual(['r']);
    expect(world.ping('p', '10.0.0.2').outcome).toBe('unreachable');
    // What is not broadcast gets there.
    expect(world.ping('q', '10.0.0.1').outcome).toBe('delivered');
  });

  it('is nothing for groups, which is how IPv6 asks', () => {
    const world = hosts();
    for (const [n, host] of ['p', 'q', 'r'].entries()) {
      world.run(host, `address add fd00::${n + 1}/64 dev eth0`);
    }
    world.run('br', 'link set dev vq mcast_flood off');
    expect(heard(world, 'p', 'fd00::3')).toEqual(['r']);
    expect(world.ping('p', 'fd00::2').outcome).toBe('unreachable');
    expect(world.ping('p', '10.0.0.2').outcome).toBe('delivered');
  });
});
