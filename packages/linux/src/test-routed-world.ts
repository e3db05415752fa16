import type { Probe } from './network.ts';
import { socketError } from './test-socket-error.ts';
import { World } from './test-world.ts';

/**
 * The network of observations on a kernel that are kept as text: client c, router r with rules, server s, which has
 * 10.77.0.1 as well; r also has a link d0 that leads nowhere.
 */
export function routedWorld(): World {
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

const PROTOCOLS = ['tcp', 'udp', 'icmp'] as const;

/** `uid=1000` is the number of a user and of a group of its own. */
const optionOf = (text: string): Partial<Probe> => {
  const [name, number] = text.split('=');
  const value = Number(number);
  if (name === 'uid') return { owner: { uid: value, gid: value } };
  return name === 'ttl' ? { ttl: value } : { tos: value };
};

/**
 * Sends the packet of a line, `FROM PROTOCOL TO PORT SOURCE-PORT [tos=…] [ttl=…] [uid=…]: ERROR`, and writes the line anew with
 * what the socket was told. For ICMP the source port is the identifier. `wait MS` lets time pass.
 */
export const sendLine = (world: World, line: string): string => {
  const [, ms] = /^wait (\d+)$/.exec(line) ?? [];
  if (ms !== undefined) {
    world.network.advance(Number(ms));
    return line;
  }
  const [said = ''] = line.split(': ');
  const [from = '', name, to = '', port, sourcePort, ...options] = said.split(' ');
  const protocol = PROTOCOLS.find((each) => each === name) ?? 'udp';
  const more: Partial<Probe> = {
    sourcePort: Number(sourcePort),
    ...(protocol === 'udp' ? { payloadBytes: 4 } : {}),
    ...Object.assign({}, ...options.map(optionOf)),
  };
  return `${said}: ${socketError(world.send(from, protocol, to, Number(port), more))}`;
};
