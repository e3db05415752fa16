import { formatIp, parseIp } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { twoNodes } from '../test-two-nodes.ts';
import { World } from '../test-world.ts';

/** Two nodes with a pod each over VXLAN, and a host ext on their switch that reaches pods by node 1. */
function nodesAndOutside(): World {
  const world = new World({}, twoNodes()).add('ext');
  world.run(
    'underlay',
    'link add port9 type veth peer name eth0 netns ext \n link set dev port9 master switch0 up',
  );
  world.run(
    'ext',
    `link set dev eth0 up
     address add 192.0.2.100/24 dev eth0
     route add 10.244.0.0/16 via 192.0.2.11`,
  );
  for (const namespace of ['pod1', 'pod2', 'ext']) world.network.listen(namespace, 'tcp', 80);
  return world;
}

const NOTHING = (world: World): World => world;

/** As flanneld writes them for iptables. */
const BY_IPTABLES = (world: World): World => {
  for (const node of [1, 2]) {
    const pods = `10.244.${node}.0/24`;
    world.iptables(
      `node${node}`,
      `nat -N FLANNEL-POSTRTG
       nat -A POSTROUTING -j FLANNEL-POSTRTG
       nat -A FLANNEL-POSTRTG -m mark --mark 0x4000/0x4000 -j RETURN
       nat -A FLANNEL-POSTRTG -s ${pods} -d 10.244.0.0/16 -j RETURN
       nat -A FLANNEL-POSTRTG -s 10.244.0.0/16 -d ${pods} -j RETURN
       nat -A FLANNEL-POSTRTG ! -s 10.244.0.0/16 -d ${pods} -j RETURN
       nat -A FLANNEL-POSTRTG -s 10.244.0.0/16 ! -d 224.0.0.0/4 -j MASQUERADE --random-fully
       nat -A FLANNEL-POSTRTG ! -s 10.244.0.0/16 -d 10.244.0.0/16 -j MASQUERADE --random-fully`,
    );
  }
  return world;
};

/** As flanneld writes them for nftables: the fourth rule is about the network where iptables' is about the node's pods. */
const BY_NFTABLES = (world: World): World => {
  for (const node of [1, 2]) {
    const pods = `10.244.${node}.0/24`;
    world.nft(
      `node${node}`,
      `table ip flannel-ipv4 {
         chain postrtg {
           type nat hook postrouting priority srcnat;
           meta mark 0x4000 return
           ip saddr ${pods} ip daddr 10.244.0.0/16 return
           ip saddr 10.244.0.0/16 ip daddr ${pods} return
           ip saddr != ${pods} ip daddr 10.244.0.0/16 return
           ip saddr 10.244.0.0/16 ip daddr != 224.0.0.0/4 masquerade fully-random
           ip saddr != 10.244.0.0/16 ip daddr 10.244.0.0/16 masquerade fully-random
         }
       }`,
    );
  }
  return world;
};

const FLOWS = [
  ['pod to outside', 'pod1', '192.0.2.100', {}],
  ['pod to a pod elsewhere', 'pod1', '10.244.2.2', {}],
  ['node to a pod elsewhere', 'node1', '10.244.2.2', {}],
  ['node, bound, to a pod elsewhere', 'node1', '10.244.2.2', { source: parseIp('192.0.2.11') }],
  ['outside to a pod, by its node', 'ext', '10.244.1.2', {}],
  ['outside to a pod, by another node', 'ext', '10.244.2.2', {}],
  ['node to its own pod', 'node1', '10.244.1.2', {}],
  ['node, bound, to its own pod', 'node1', '10.244.1.2', { source: parseIp('192.0.2.11') }],
] as const;

/** What the other end takes for the sender. */
const peer = (world: World, [, from, to, more]: (typeof FLOWS)[number]): string => {
  const trace = world.tcp(from, to, 80, more);
  const last = trace.request.at(-1)?.steps.findLast(({ kind }) => kind === 'receive');
  const payload = last?.kind === 'receive' ? last.frame?.payload : undefined;
  return payload?.kind === 'ipv4' ? formatIp(payload.src) : trace.outcome;
};

describe('the sender that the other end sees', () => {
  it.each([
    [
      'without rules',
      NOTHING,
      [
        '10.244.1.2',
        '10.244.1.2',
        '10.244.1.0',
        '192.0.2.11',
        '192.0.2.100',
        '192.0.2.100',
        '10.244.1.1',
        '192.0.2.11',
      ],
    ],
    [
      'with the rules for iptables',
      BY_IPTABLES,
      [
        '192.0.2.11',
        '10.244.1.2',
        '10.244.1.0',
        '10.244.1.0',
        '192.0.2.100',
        '10.244.1.0',
        '10.244.1.1',
        '192.0.2.11',
      ],
    ],
    [
      'with the rules for nftables',
      BY_NFTABLES,
      [
        '192.0.2.11',
        '10.244.1.2',
        '10.244.1.0',
        '192.0.2.11',
        '192.0.2.100',
        '192.0.2.100',
        '10.244.1.1',
        '192.0.2.11',
      ],
    ],
  ] as const)('%s', (_, rules, expected) => {
    const world = rules(nodesAndOutside());
    expect(FLOWS.map((flow) => [flow[0], peer(world, flow)])).toEqual(
      FLOWS.map(([name], index) => [name, expected[index]]),
    );
  });

  it('costs these rules of node 1, for the first packet of each flow', () => {
    const world = BY_IPTABLES(nodesAndOutside());
    for (const flow of FLOWS) peer(world, flow);
    const saved = world.network.namespace('node1').netfilter.iptablesSave(4, { counters: true });
    const counts = [...saved.matchAll(/^\[(\d+):\d+\] -A/gm)].map(([, packets]) => Number(packets));
    // The jump counts more than the eight flows: the outer packets of those over the tunnel pass it as well.
    expect(counts).toEqual([12, 0, 3, 0, 2, 1, 2]);
  });

  it('is told to conntrack with the address of the exit’s device and a fresh port', () => {
    const world = BY_IPTABLES(nodesAndOutside());
    world.tcp('ext', '10.244.2.2', 80, { sourcePort: 36_210 });
    const entry = world.connections('node1').find((line) => line.includes('sport=36210'));
    const [, port] =
      /src=192\.0\.2\.100 dst=10\.244\.2\.2 sport=36210 dport=80 src=10\.244\.2\.2 dst=10\.244\.1\.0 sport=80 dport=(\d+)/.exec(
        entry ?? '',
      ) ?? [];
    expect(Number(port)).toBeGreaterThan(1023);
    expect(port).not.toBe('36210');
  });
});

describe('the mark of kube-proxy', () => {
  it('is compared as a whole by nftables’ rule, and by its bit by iptables’', () => {
    const node1 = (rules: (world: World) => World) =>
      rules(nodesAndOutside()).network.namespace('node1').netfilter;
    expect(node1(BY_NFTABLES).nftList()).toContain('meta mark 0x00004000 return');
    expect(node1(BY_IPTABLES).iptablesSave(4)).toContain('-m mark --mark 0x4000/0x4000 -j RETURN');
  });
});

describe('an address of the network that no node has', () => {
  it('is sent out by the default route, with the pod’s own address', () => {
    const world = BY_IPTABLES(nodesAndOutside()).run('node1', 'route add default via 192.0.2.100');
    const trace = world.tcp('pod1', '10.244.9.9', 80);
    const left = trace.captures.find(
      ({ namespace, device, direction, frame }) =>
        namespace === 'node1' &&
        device === 'eth0' &&
        direction === 'out' &&
        frame.payload.kind === 'ipv4',
    );
    expect(left?.frame.payload).toMatchObject({ src: parseIp('10.244.1.2') });
    expect(trace.replyOutcome).not.toBe('delivered');
  });
});
