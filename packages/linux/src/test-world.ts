import { parseIp } from '@podpath/net';
import type { Command } from './commands.ts';
import { createNetwork } from './create-network.ts';
import type { Match, TableName, Target } from './netfilter/rule.ts';
import type { Network, NetworkOptions, Probe } from './network.ts';
import { parseNft } from './nftables/parse/parse-nft.ts';
import { parseIptables } from './parse/iptables/parse-iptables.ts';
import { commands } from './test-commands.ts';
import type { CapturedFrame, PacketTrace } from './trace.ts';

/** A network for tests, programmed with text. */
export class World {
  readonly network: Network;

  constructor(options: NetworkOptions = {}, network = createNetwork(options)) {
    this.network = network;
  }

  /** Makes namespaces with `lo` up. */
  add(...names: readonly string[]): this {
    for (const name of names) {
      this.network.addNamespace(name);
      this.run(name, 'link set dev lo up');
    }
    return this;
  }

  run(namespace: string, text: string): this {
    this.network.apply({ namespace, commands: commands(text) });
    return this;
  }

  /** Carries out lines of `iptables` (or `ip6tables`), each after its table: `nat -A PREROUTING -j …`. */
  iptables(namespace: string, text: string, family: 4 | 6 = 4): this {
    const restore = lines(text)
      .map((line) => `*${line.replace(' ', '\n')}\nCOMMIT`)
      .join('\n');
    const parsed = parseIptables(restore, { file: 'iptables', family, form: 'program' });
    this.network.apply({ namespace, commands: parsed.map(({ value }) => value) });
    return this;
  }

  /** Carries out what `nft -f` reads. */
  nft(namespace: string, text: string): this {
    this.network.apply({ namespace, commands: [parseNft(text, 'nft')] });
    return this;
  }

  /** What the rules of a namespace have counted, as `iptables-save -c` prints them but without bytes. */
  counted(namespace: string, family: 4 | 6 = 4): readonly string[] {
    return lines(
      this.network.namespace(namespace).netfilter.iptablesSave(family, { counters: true }),
    )
      .filter((line) => line.startsWith('['))
      .map((line) => line.replace(/:\d+\]/, ']'));
  }

  /** The connections of a namespace, as `conntrack -L` prints them. */
  connections(namespace: string): readonly string[] {
    return lines(this.network.namespace(namespace).netfilter.conntrackList());
  }

  /** The code of the error that a command is refused with; `ok` when it is not. */
  try(namespace: string, text: string): string {
    try {
      this.run(namespace, text);
      return 'ok';
    } catch (error) {
      if (error instanceof Error && 'code' in error) return String(error.code);
      throw error;
    }
  }

  ping(from: string, to: string, more: Partial<Probe> = {}): PacketTrace {
    return this.send(from, 'icmp', to, 0, more);
  }

  tcp(from: string, to: string, port: number, more: Partial<Probe> = {}): PacketTrace {
    return this.send(from, 'tcp', to, port, more);
  }

  udp(from: string, to: string, port: number, more: Partial<Probe> = {}): PacketTrace {
    return this.send(from, 'udp', to, port, more);
  }

  send(
    namespace: string,
    protocol: Probe['protocol'],
    to: string,
    port: number,
    more: Partial<Probe> = {},
  ): PacketTrace {
    const probe = { namespace, protocol, to: parseIp(to), port, ...more };
    return this.network.send(probe, { capture: true });
  }

  /** A table as `ip route show` prints it, without the blanks at the ends of lines. */
  routes(namespace: string, family: 4 | 6 = 4, table = 254): readonly string[] {
    return lines(this.network.namespace(namespace).ipRoute(family, table));
  }
}

export const lines = (text: string): readonly string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

/** How a request and its answer ended, in two words. */
export const ending = ({ outcome, replyOutcome }: PacketTrace): string =>
  `${outcome}, ${replyOutcome ?? 'no answer'}`;

/** Frames seen on a device. */
export const seenOn = (
  { captures }: PacketTrace,
  namespace: string,
  device: string,
  direction?: 'in' | 'out',
): readonly CapturedFrame[] =>
  captures.filter(
    (captured) =>
      captured.namespace === namespace &&
      captured.device === device &&
      (direction === undefined || captured.direction === direction),
  );

/** Client c, router r and server s on two cables, IPv4 and IPv6; r forwards. */
export function clientRouterServer(): World {
  const world = new World().add('c', 'r', 's');
  world.run(
    'c',
    `link add e1 type veth peer name e1 netns r
     link set dev e1 up
     address add 10.1.0.2/24 dev e1
     address add 2001:db8:1::2/64 dev e1`,
  );
  world.run(
    'r',
    `net.ipv4.ip_forward = 1
     net.ipv6.conf.all.forwarding = 1
     link add e2 type veth peer name e2 netns s
     link set dev e1 up
     link set dev e2 up
     address add 10.1.0.1/24 dev e1
     address add 10.2.0.1/24 dev e2
     address add 2001:db8:1::1/64 dev e1
     address add 2001:db8:2::1/64 dev e2`,
  );
  world.run('c', 'route add default via 10.1.0.1 \n route add default via 2001:db8:1::1');
  world.run(
    's',
    `link set dev e2 up
     address add 10.2.0.2/24 dev e2
     address add 2001:db8:2::2/64 dev e2
     route add default via 10.2.0.1
     route add default via 2001:db8:2::1`,
  );
  world.network.listen('s', 'tcp', 8080);
  world.network.listen('s', 'udp', 8080);
  world.network.listen('s', 'sctp', 8080);
  return world;
}

/** Appends an iptables rule. */
export const append = (
  table: TableName,
  chain: string,
  matches: readonly Match[],
  target?: Target,
  family: 4 | 6 = 4,
): Command => ({
  kind: 'iptables',
  family,
  table,
  op: 'append',
  chain,
  rule: target === undefined ? { matches } : { matches, target },
});
