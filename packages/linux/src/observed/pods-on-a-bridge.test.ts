import { formatMac, parseIp } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { ending, World } from '../test-world.ts';

/** Pods p1 and p2 on bridge cni0 of node n, which has an uplink; 172.30.0.41:80 is p1:8080. */
function node(): World {
  const world = new World().add('n', 'p1', 'p2', 'router').run(
    'n',
    `net.ipv4.ip_forward = 1
     link add eth0 type veth peer name eth0 netns router
     link set dev eth0 up
     address add 192.168.0.2/24 dev eth0
     link add cni0 type bridge
     link set dev cni0 up
     address add 10.244.0.254/24 dev cni0`,
  );
  world.run('router', 'link set dev eth0 up \n address add 192.168.0.1/24 dev eth0');
  world.run('n', 'route add default via 192.168.0.1');
  for (const i of [1, 2]) {
    world.run(
      'n',
      `link add v${i} type veth peer name eth0 netns p${i}
       link set dev v${i} master cni0 up`,
    );
    world.run(
      `p${i}`,
      `link set dev eth0 up
       address add 10.244.0.${i}/24 dev eth0
       route add default via 10.244.0.254`,
    );
    world.network.listen(`p${i}`, 'tcp', 8080);
  }
  const service = '-d 172.30.0.41/32 -p tcp --dport 80 -j DNAT --to-destination 10.244.0.1:8080';
  return world.iptables('n', `nat -A PREROUTING ${service} \n nat -A OUTPUT ${service}`);
}

const MASQUERADE = 'nat -A POSTROUTING -s 10.244.0.1/32 -d 10.244.0.1/32 -j MASQUERADE';
const HAIRPIN = 'link set dev v1 hairpin on';

const call = (world: World, from: string): string =>
  ending(world.tcp(from, '172.30.0.41', 80, { sourcePort: 41_000 }));

describe('a pod that calls the Service that it serves', () => {
  it.each([
    ['plain', '', '', 'dropped, no answer'],
    ['masqueraded', MASQUERADE, '', 'dropped, no answer'],
    ['over a hairpin', '', HAIRPIN, 'dropped, no answer'],
    ['masqueraded over a hairpin', MASQUERADE, HAIRPIN, 'delivered, delivered'],
  ])('%s', (_, rule, port, expected) => {
    const world = node().iptables('n', rule).run('n', port);
    expect(call(world, 'p1')).toBe(expected);
  });

  it('leaves no entry where its packet does not come back', () => {
    const world = node();
    call(world, 'p1');
    expect(world.connections('n')).toEqual([]);
  });

  it('has the address of the bridge in its answers', () => {
    const world = node().iptables('n', MASQUERADE).run('n', HAIRPIN);
    call(world, 'p1');
    expect(world.connections('n')[0]).toContain(
      'src=10.244.0.1 dst=172.30.0.41 sport=41000 dport=80 src=10.244.0.1 dst=10.244.0.254 sport=8080 dport=41000',
    );
  });
});

describe('a pod that calls a Service of its neighbour', () => {
  it('is answered, as answers over the bridge are shown to conntrack', () => {
    expect(call(node(), 'p2')).toBe('delivered, delivered');
  });

  it('is not while they are not: the neighbour answers it directly', () => {
    const world = node().run('n', 'net.bridge.bridge-nf-call-iptables = 0');
    expect(call(world, 'p2')).toBe('delivered, refused');
    expect(world.connections('n')[0]).toMatch(/^tcp +6 \d+ SYN_SENT .*\[UNREPLIED\]/);
  });
});

describe('two pings between pods', () => {
  const RULES = `filter -A FORWARD -m physdev --physdev-in v1 --physdev-out v2 --physdev-is-bridged
    filter -A FORWARD -i cni0 -o cni0`;
  const pinged = (world: World): readonly string[] => {
    world.iptables('n', RULES);
    for (let n = 0; n < 2; n++)
      expect(world.ping('p1', '10.244.0.2').replyOutcome).toBe('delivered');
    return world.counted('n').filter((line) => line.includes('FORWARD'));
  };

  it('are counted by the bridge each way, by their ports one way', () => {
    expect(pinged(node()).map((line) => line.slice(0, 3))).toEqual(['[2]', '[4]']);
  });

  it('are not counted while the bridge shows no frames', () => {
    const world = node().run('n', 'net.bridge.bridge-nf-call-iptables = 0');
    expect(pinged(world).map((line) => line.slice(0, 3))).toEqual(['[0]', '[0]']);
  });
});

describe('a bridge with pods', () => {
  it('passes frames from the moment that a port is up', () => {
    const world = node();
    expect(ending(world.ping('p1', '10.244.0.2'))).toBe('delivered, delivered');
    expect(world.network.nowMs).toBe(0);
  });

  it('has the lowest MAC of its ports, and learns those of the pods', () => {
    const world = node();
    world.ping('p1', '10.244.0.2');
    const n = world.network.namespace('n');
    const device = (name: string) => n.devices().find((each) => each.name === name);
    const ports = [device('v1')?.mac ?? 0, device('v2')?.mac ?? 0];
    expect(device('cni0')?.mac).toBe(Math.min(...ports));
    const pods = ['p1', 'p2'].map((pod) => world.network.namespace(pod).devices().at(-1)?.mac ?? 0);
    const learned = n.fdb().filter(({ life }) => life === 'dynamic');
    expect(learned.map(({ mac }) => formatMac(mac)).toSorted()).toEqual(
      pods.map(formatMac).toSorted(),
    );
  });
});

describe('a node that calls a Service of a pod of its own', () => {
  it('speaks from the address of its default route, and keeps it', () => {
    const world = node();
    expect(call(world, 'n')).toBe('delivered, delivered');
    expect(world.connections('n')[0]).toContain(
      'src=192.168.0.2 dst=172.30.0.41 sport=41000 dport=80 src=10.244.0.1 dst=192.168.0.2 sport=8080 dport=41000',
    );
  });

  it('hears the answer from the address that it called', () => {
    const trace = node().tcp('n', '172.30.0.41', 80);
    const heard = trace.reply?.at(-1)?.steps.findLast(({ packet }) => packet !== undefined)?.packet;
    expect(heard?.src).toBe(parseIp('172.30.0.41'));
  });
});
