import { formatIp } from '@podpath/net';
import { beforeEach, describe, expect, it } from 'vitest';
import { ending, World } from '../test-world.ts';

/** A node with bridge cni1, pods pod1 and pod2 on it, and ext beyond its uplink; both families. */
let world: World;
beforeEach(() => {
  world = new World().add('node', 'ext', 'pod1', 'pod2').run(
    'node',
    `link add eth0 type veth peer name eth0 netns ext
     link set dev eth0 up
     address add 192.0.2.10/24 dev eth0
     address add 2001:db8::10/64 dev eth0
     link add cni1 type bridge
     link set dev cni1 up
     address add 10.22.0.1/24 dev cni1
     address add fd00:22::1/64 dev cni1
     net.ipv4.ip_forward = 1
     net.ipv6.conf.all.forwarding = 1`,
  );
  world.run(
    'ext',
    `link set dev eth0 up
     address add 192.0.2.1/24 dev eth0
     address add 2001:db8::1/64 dev eth0
     route add 10.22.0.0/24 via 192.0.2.10
     route add fd00:22::/64 via 2001:db8::10`,
  );
  for (const i of [1, 2]) {
    world.run(
      'node',
      `link add v${i} mtu 1400 type veth peer name eth0 netns pod${i} mtu 1400
       link set dev v${i} master cni1 up`,
    );
    world.run(
      `pod${i}`,
      `link set dev eth0 up
       address add 10.22.0.${i + 1}/24 dev eth0
       address add fd00:22::${i + 1}/64 dev eth0
       route add default via 10.22.0.1
       route add default via fd00:22::1`,
    );
    world.network.listen(`pod${i}`, 'tcp', 80);
  }
  world.network.listen('ext', 'tcp', 80);
});

const FAMILIES = [
  {
    family: 4,
    pod: '10.22.0.2',
    subnet: '10.22.0.0/24',
    ext: '192.0.2.1',
    node: '192.0.2.10',
    length: 32,
    groups: '224.0.0.0/4',
    bridge: '10.22.0.1',
  },
  {
    family: 6,
    pod: 'fd00:22::2',
    subnet: 'fd00:22::/64',
    ext: '2001:db8::1',
    node: '2001:db8::10',
    length: 128,
    groups: 'ff00::/8',
    bridge: 'fd00:22::1',
  },
] as const;

const peer = (from: string, to: string): string => {
  const trace = world.tcp(from, to, 80);
  const heard = trace.request.at(-1)?.steps.findLast(({ kind }) => kind === 'receive');
  const payload = heard?.kind === 'receive' ? heard.frame?.payload : undefined;
  if (ending(trace) !== 'delivered, delivered') return ending(trace);
  return payload?.kind === 'ipv4' || payload?.kind === 'ipv6' ? formatIp(payload.src) : '';
};

describe.each(FAMILIES)('masquerading by the bridge plugin (IPv$family)', (each) => {
  const { family, pod, subnet, ext, node, length, groups } = each;
  const CHAIN = 'CNI-a775088b9cbb90291d95e74b';
  const named = '-m comment --comment "name: \\"dsnet\\" id: \\"dsa1\\""';
  const rules = `nat -N ${CHAIN}
    nat -A POSTROUTING -s ${pod}/${length} ${named} -j ${CHAIN}
    nat -A ${CHAIN} -d ${subnet} ${named} -j ACCEPT
    nat -A ${CHAIN} ! -d ${groups} ${named} -j MASQUERADE`;

  it('is for what leaves the subnet of the pod, and for that pod alone', () => {
    world.iptables('node', rules, family);
    expect(peer('pod1', ext)).toBe(node);
    expect(peer('pod1', pod.replace(/2$/, '3'))).toBe(pod);
    expect(peer('pod2', ext)).toBe(pod.replace(/2$/, '3'));
  });

  it('comes after that of host ports, which is inserted before it', () => {
    world.iptables('node', rules, family);
    world.iptables(
      'node',
      'nat -N CNI-HOSTPORT-MASQ \n nat -I POSTROUTING -j CNI-HOSTPORT-MASQ',
      family,
    );
    const jumps = world.counted('node', family).filter((line) => line.includes('POSTROUTING'));
    expect(jumps.map((line) => line.split(' ').at(-1))).toEqual(['CNI-HOSTPORT-MASQ', CHAIN]);
  });
});

describe.each(FAMILIES)('isolation by the firewall plugin (IPv$family)', (each) => {
  const { family, pod, ext, length } = each;
  beforeEach(() => {
    world.iptables(
      'node',
      `filter -P FORWARD DROP
       filter -N CNI-ISOLATION-STAGE-1
       filter -N CNI-ISOLATION-STAGE-2
       filter -N CNI-FORWARD
       filter -N CNI-ADMIN
       filter -A FORWARD -j CNI-ISOLATION-STAGE-1
       filter -A FORWARD -j CNI-FORWARD
       filter -A CNI-FORWARD -j CNI-ADMIN
       filter -A CNI-FORWARD -d ${pod}/${length} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
       filter -A CNI-FORWARD -s ${pod}/${length} -j ACCEPT
       filter -A CNI-ISOLATION-STAGE-1 -i cni1 ! -o cni1 -j CNI-ISOLATION-STAGE-2
       filter -A CNI-ISOLATION-STAGE-1 -j RETURN
       filter -A CNI-ISOLATION-STAGE-2 -o cni1 -j DROP
       filter -A CNI-ISOLATION-STAGE-2 -j RETURN`,
      family,
    );
  });

  it('lets the pod call out and hear back, and nobody call it', () => {
    expect(peer('pod1', ext)).toBe(pod);
    expect(peer('ext', pod)).toBe('dropped, no answer');
  });

  it('lets it call its neighbour on the bridge, where asking for neighbours is not filtered too', () => {
    const other = pod.replace(/2$/, '3');
    // A neighbour's advertisement is a packet that no rule here lets pass.
    expect(peer('pod1', other)).toBe(family === 4 ? pod : 'unreachable, delivered');
    expect(peer('pod2', pod)).toBe('dropped, no answer');
  });
});

describe('a pod with its address on both families', () => {
  it('has these routes of IPv6', () => {
    expect(world.routes('pod1', 6)).toEqual([
      'fd00:22::/64 dev eth0 proto kernel metric 256 pref medium',
      'fe80::/64 dev eth0 proto kernel metric 256 pref medium',
      'default via fd00:22::1 dev eth0 metric 1024 pref medium',
    ]);
  });
});

describe('a bridge that loses its last port', () => {
  it('stays up with its routes, which say that there is no link, and gets its MTU back', () => {
    const bridge = () =>
      world.network
        .namespace('node')
        .devices()
        .find(({ name }) => name === 'cni1');
    expect(bridge()).toMatchObject({ carrier: true, mtuBytes: 1400 });
    world.run('node', 'link delete dev v1 \n link delete dev v2');
    expect(bridge()).toMatchObject({ up: true, carrier: false, mtuBytes: 1500 });
    expect(world.routes('node')).toContain(
      '10.22.0.0/24 dev cni1 proto kernel scope link src 10.22.0.1 linkdown',
    );
    const local = world.routes('node', 4, 255).filter((line) => line.includes('10.22.0.'));
    expect(local).toEqual([
      'local 10.22.0.1 dev cni1 proto kernel scope host src 10.22.0.1',
      'broadcast 10.22.0.255 dev cni1 proto kernel scope link src 10.22.0.1 linkdown',
    ]);
  });
});

describe('forwarding, once switched on', () => {
  it('is on for every device, and redirects are not accepted for all', () => {
    const read = (key: string) => world.network.namespace('node').sysctl(key);
    expect(read('net.ipv4.conf.cni1.forwarding')).toBe(1);
    expect(read('net.ipv4.conf.eth0.forwarding')).toBe(1);
    expect(read('net.ipv4.conf.all.accept_redirects')).toBe(0);
  });
});

describe('a pod on a point-to-point link', () => {
  it('reaches everything by the host, whose own route leads back', () => {
    const ptp = new World().add('node', 'pod').run(
      'node',
      `net.ipv4.ip_forward = 1
       link add veth1 type veth peer name eth0 netns pod
       link set dev veth1 up
       address add 10.23.0.1/32 dev veth1`,
    );
    ptp.run(
      'pod',
      `link set dev eth0 up
       address add 10.23.0.2/24 dev eth0
       route delete 10.23.0.0/24 dev eth0
       route add 10.23.0.1/32 dev eth0 scope link src 10.23.0.2
       route add 10.23.0.0/24 via 10.23.0.1 dev eth0 src 10.23.0.2
       route add default via 10.23.0.1 dev eth0`,
    );
    ptp.run('node', 'route add 10.23.0.2/32 dev veth1 scope host');
    expect(ptp.routes('node')).toEqual(['10.23.0.2 dev veth1 scope host']);
    expect(ptp.routes('pod')).toEqual([
      'default via 10.23.0.1 dev eth0',
      '10.23.0.0/24 via 10.23.0.1 dev eth0 src 10.23.0.2',
      '10.23.0.1 dev eth0 scope link src 10.23.0.2',
    ]);
    expect(ending(ptp.ping('pod', '10.23.0.1'))).toBe('delivered, delivered');
    expect(ending(ptp.ping('node', '10.23.0.2'))).toBe('delivered, delivered');
  });
});
