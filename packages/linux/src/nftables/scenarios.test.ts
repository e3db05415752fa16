import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { socketError } from '../test-socket-error.ts';
import { World } from '../test-world.ts';
import { parseNft } from './parse/parse-nft.ts';

/**
 * What a kernel counted (6.18, nft 1.0.6). Each file beside this test has the rules of a router r between c and s, the
 * datagrams that were sent (from where, to where, port, source port, and what the socket was told), and what
 * `nft list ruleset` then said.
 */
const DIRECTORY = new URL('scenarios/', import.meta.url);

describe('nftables counts what a kernel counted', () => {
  it.each(readdirSync(DIRECTORY))('%s', (file) => {
    const [, rules = '', packets = '', listing] =
      /^--- rules\n(.*)^--- packets\n(.*)^--- listing\n(.*)$/ms.exec(
        readFileSync(new URL(file, DIRECTORY), 'utf8'),
      ) ?? [];
    const world = routedWorld();
    world.network.apply({ namespace: 'r', commands: [parseNft(rules, file)] });
    const told = packets
      .trim()
      .split('\n')
      .map((line) => sendLine(world, line));
    const listed = world.network.namespace('r').netfilter.nftList();
    expect(listed.replaceAll(/expires [0-9a-z]+/g, 'expires X')).toBe(listing);
    expect(told.join('\n')).toBe(packets.trim());
  });
});

/** Sends the datagram of a line, and writes the line as it should be. */
const sendLine = (world: World, line: string): string => {
  const [, from = '', to = '', port, sourcePort] = /^(\S+) (\S+) (\d+) (\d+):/.exec(line) ?? [];
  const more = { sourcePort: Number(sourcePort), payloadBytes: 4 };
  return line.replace(/: .*/, `: ${socketError(world.udp(from, to, Number(port), more))}`);
};

function routedWorld(): World {
  const world = new World().add('c', 'r', 's');
  for (const name of ['c', 'r', 's']) world.run(name, 'net.ipv4.icmp_ratelimit = 0');
  world.run(
    'r',
    `link add r0 address 02:00:00:00:00:01 type veth peer name c0 address 02:00:00:00:00:02 netns c
     link add r1 address 02:00:00:00:00:03 type veth peer name s0 address 02:00:00:00:00:04 netns s
     link add d0 type veth peer name d1
     link set dev r0 up
     link set dev r1 up
     link set dev d0 up
     link set dev d1 up
     address add 10.1.0.1/24 dev r0
     address add 10.2.0.1/24 dev r1
     address add 10.9.0.1/24 dev d0
     address add fd01::1/64 dev r0
     address add fd02::1/64 dev r1
     net.ipv4.ip_forward = 1
     net.ipv6.conf.all.forwarding = 1
     rule add fwmark 0x64 lookup 100 priority 100`,
  );
  world.run(
    'c',
    `link set dev c0 up
     address add 10.1.0.2/24 dev c0
     address add fd01::2/64 dev c0
     route add default via 10.1.0.1
     route add default via fd01::1`,
  );
  world.run(
    's',
    `link set dev s0 up
     address add 10.2.0.2/24 dev s0
     address add 10.77.0.1/32 dev s0
     address add fd02::2/64 dev s0
     route add default via 10.2.0.1
     route add default via fd02::1`,
  );
  return world.run(
    'r',
    'route add 10.77.0.0/16 via 10.2.0.2 \n route add 172.30.0.0/16 via 10.2.0.2 \n route add default via 10.2.0.2 table 100',
  );
}
