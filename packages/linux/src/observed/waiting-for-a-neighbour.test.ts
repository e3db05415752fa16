import { describe, expect, it } from 'vitest';
import { seenOn, World } from '../test-world.ts';

/** Pieces of a packet that arrive when the neighbour has answered, late, as proxies do: all of them had to wait for it. */
function piecesThatArrive(mtuBytes: number, payloadBytes: number): number {
  const world = new World().add('a', 'b');
  world.run('a', 'link add e type veth peer name e netns b');
  world.run('a', `link set dev e mtu ${mtuBytes} up \n address add 10.0.0.1/24 dev e`);
  world.run('b', 'link set dev e up \n address add 10.0.0.2/24 dev e');
  world.run('b', 'link add d type dummy \n link set dev d up \n route add 10.0.0.9 dev d');
  world.network.apply({
    namespace: 'b',
    commands: [
      { kind: 'sysctl', key: 'net.ipv4.ip_forward', value: 1 },
      { kind: 'sysctl', key: 'net.ipv4.conf.e.proxy_arp', value: 1 },
    ],
  });
  const trace = world.ping('a', '10.0.0.9', { payloadBytes, dontFragment: false });
  return seenOn(trace, 'b', 'e', 'in').filter(({ frame }) => frame.payload.kind === 'ipv4').length;
}

// Kernel 6.18, datagrams of 4, 200, 500 and 1000 bytes to a neighbour that answers late: the last so many came through.
describe('packets that wait for a neighbour', () => {
  it.each([
    [100, 256],
    [300, 166],
  ])('of %s bytes are %s, the oldest giving way', (mtuBytes, kept) => {
    const wholeUnits = Math.floor((mtuBytes - 20) / 8) * 8;
    expect(piecesThatArrive(mtuBytes, Math.min(65_000, wholeUnits * 300))).toBe(kept);
  });

  it('all get there when there are fewer', () => {
    expect(piecesThatArrive(1500, 60_000)).toBe(41);
  });
});
