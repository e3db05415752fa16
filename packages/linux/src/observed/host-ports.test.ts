import { formatIp } from '@podpath/net';
import { beforeEach, describe, expect, it } from 'vitest';
import { ending, World } from '../test-world.ts';

/** What the portmap plugin 1.1.1 programmed for pod 10.244.1.2: 8080 to 80, and 9090 of 192.0.2.10 to 90. */
const RULES = `
  nat -N CNI-HOSTPORT-SETMARK
  nat -N CNI-HOSTPORT-MASQ
  nat -N CNI-HOSTPORT-DNAT
  nat -N CNI-DN-c5ce19edea83243dea9ca
  nat -A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT
  nat -A OUTPUT -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT
  nat -A POSTROUTING -m comment --comment "CNI portfwd requiring masquerade" -j CNI-HOSTPORT-MASQ
  nat -A CNI-DN-c5ce19edea83243dea9ca -s 10.244.1.0/24 -p tcp -m tcp --dport 8080 -j CNI-HOSTPORT-SETMARK
  nat -A CNI-DN-c5ce19edea83243dea9ca -s 127.0.0.1/32 -p tcp -m tcp --dport 8080 -j CNI-HOSTPORT-SETMARK
  nat -A CNI-DN-c5ce19edea83243dea9ca -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.244.1.2:80
  nat -A CNI-DN-c5ce19edea83243dea9ca -s 10.244.1.0/24 -p udp -m udp --dport 5353 -j CNI-HOSTPORT-SETMARK
  nat -A CNI-DN-c5ce19edea83243dea9ca -s 127.0.0.1/32 -p udp -m udp --dport 5353 -j CNI-HOSTPORT-SETMARK
  nat -A CNI-DN-c5ce19edea83243dea9ca -p udp -m udp --dport 5353 -j DNAT --to-destination 10.244.1.2:53
  nat -A CNI-DN-c5ce19edea83243dea9ca -s 10.244.1.0/24 -d 192.0.2.10/32 -p tcp -m tcp --dport 9090 -j CNI-HOSTPORT-SETMARK
  nat -A CNI-DN-c5ce19edea83243dea9ca -s 127.0.0.1/32 -d 192.0.2.10/32 -p tcp -m tcp --dport 9090 -j CNI-HOSTPORT-SETMARK
  nat -A CNI-DN-c5ce19edea83243dea9ca -d 192.0.2.10/32 -p tcp -m tcp --dport 9090 -j DNAT --to-destination 10.244.1.2:90
  nat -A CNI-HOSTPORT-DNAT -p tcp -m comment --comment "dnat name: \\"cbr0\\" id: \\"podaaa1\\"" -m multiport --dports 8080,9090 -j CNI-DN-c5ce19edea83243dea9ca
  nat -A CNI-HOSTPORT-DNAT -p udp -m comment --comment "dnat name: \\"cbr0\\" id: \\"podaaa1\\"" -m multiport --dports 5353 -j CNI-DN-c5ce19edea83243dea9ca
  nat -A CNI-HOSTPORT-MASQ -m mark --mark 0x2000/0x2000 -j MASQUERADE
  nat -A CNI-HOSTPORT-SETMARK -m comment --comment "CNI portfwd masquerade mark" -j MARK --set-xmark 0x2000/0x2000`;

let world: World;
beforeEach(() => {
  world = new World().add('node', 'ext', 'pod1', 'pod2').run(
    'node',
    `net.ipv4.ip_forward = 1
     link add eth0 type veth peer name eth0 netns ext
     link set dev eth0 up
     address add 192.0.2.10/24 dev eth0
     link add cni0 type bridge
     link set dev cni0 up
     address add 10.244.1.1/24 dev cni0
     net.ipv4.conf.cni0.route_localnet = 1`,
  );
  world.run(
    'ext',
    'link set dev eth0 up \n address add 192.0.2.1/24 dev eth0 \n route add 10.244.1.0/24 via 192.0.2.10',
  );
  for (const [pod, address] of [
    ['pod1', '10.244.1.2'],
    ['pod2', '10.244.1.3'],
  ] as const) {
    world.run(
      'node',
      `link add v-${pod} type veth peer name eth0 netns ${pod}
       link set dev v-${pod} master cni0 hairpin on up`,
    );
    world.run(
      pod,
      `link set dev eth0 up
       address add ${address}/24 dev eth0
       route add default via 10.244.1.1`,
    );
  }
  for (const port of [80, 90]) world.network.listen('pod1', 'tcp', port);
  world.network.listen('pod1', 'udp', 53);
  world.iptables('node', RULES);
});

/** What pod1 takes for the other end. */
const peer = (from: string, to: string, port: number, protocol: 'tcp' | 'udp' = 'tcp'): string => {
  const trace = world.send(from, protocol, to, port);
  expect(ending(trace)).toBe('delivered, delivered');
  const heard = trace.request.at(-1)?.steps.findLast(({ kind }) => kind === 'receive');
  const payload = heard?.kind === 'receive' ? heard.frame?.payload : undefined;
  return payload?.kind === 'ipv4' ? formatIp(payload.src) : '';
};

describe('a host port, seen from the pod behind it', () => {
  it.each([
    ['ext', '192.0.2.10', 8080, '192.0.2.1'],
    ['ext', '192.0.2.10', 9090, '192.0.2.1'],
    ['ext', '10.244.1.2', 80, '192.0.2.1'],
    ['node', '127.0.0.1', 8080, '10.244.1.1'],
    ['node', '192.0.2.10', 8080, '192.0.2.10'],
    ['node', '10.244.1.2', 80, '10.244.1.1'],
    ['pod1', '192.0.2.10', 8080, '10.244.1.1'],
    ['pod2', '192.0.2.10', 8080, '10.244.1.1'],
    ['pod2', '10.244.1.1', 8080, '10.244.1.1'],
    ['pod2', '10.244.1.2', 80, '10.244.1.3'],
  ])('%s to %s:%i comes from %s', (from, to, port, expected) => {
    expect(peer(from, to, port)).toBe(expected);
  });

  it('carries UDP alike', () => {
    expect(peer('ext', '192.0.2.10', 5353, 'udp')).toBe('192.0.2.1');
  });

  it('of one address is not there at another', () => {
    expect(world.tcp('pod2', '10.244.1.1', 9090).outcome).toBe('refused');
  });
});

describe('a host port, as conntrack has it', () => {
  const entry = (from: string, to: string, port: number): string | undefined => {
    world.tcp(from, to, port, { sourcePort: 45_802 });
    const tuples = /src=.*?sport=45802.*?dport=\d+.*?dport=45802/.exec(
      world.connections('node').find((line) => line.includes('sport=45802')) ?? '',
    )?.[0];
    return tuples?.replaceAll(/src=(\S+) dst=(\S+) sport=(\d+) dport=(\d+)/g, '$1:$3 → $2:$4');
  };

  it.each([
    ['ext', '192.0.2.10', 8080, '192.0.2.1:45802 → 192.0.2.10:8080', '192.0.2.1'],
    ['node', '127.0.0.1', 8080, '127.0.0.1:45802 → 127.0.0.1:8080', '10.244.1.1'],
    ['node', '192.0.2.10', 8080, '192.0.2.10:45802 → 192.0.2.10:8080', '192.0.2.10'],
    ['pod1', '192.0.2.10', 8080, '10.244.1.2:45802 → 192.0.2.10:8080', '10.244.1.1'],
    ['pod2', '192.0.2.10', 8080, '10.244.1.3:45802 → 192.0.2.10:8080', '10.244.1.1'],
    ['pod2', '10.244.1.2', 80, '10.244.1.3:45802 → 10.244.1.2:80', '10.244.1.3'],
  ])('%s to %s:%i: %s, answered to %s', (from, to, port, original, client) => {
    expect(entry(from, to, port)).toBe(`${original} 10.244.1.2:80 → ${client}:45802`);
  });
});

describe('the rules', () => {
  it('are saved as they were written, chains of one’s own by name', () => {
    const saved = world.network.namespace('node').netfilter.iptablesSave(4);
    const rules = saved.split('\n').filter((line) => line.startsWith('-A'));
    const written = RULES.split('\n').flatMap((line) => /nat (-A .*)/.exec(line)?.[1] ?? []);
    expect(rules).toEqual(written);
    expect([...saved.matchAll(/^:(CNI\S+)/gm)].map(([, chain]) => chain)).toEqual([
      'CNI-DN-c5ce19edea83243dea9ca',
      'CNI-HOSTPORT-DNAT',
      'CNI-HOSTPORT-MASQ',
      'CNI-HOSTPORT-SETMARK',
    ]);
  });
});
