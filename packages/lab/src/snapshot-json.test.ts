import { createNetwork, type Network, parseProgram } from '@podpath/linux';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { whyNoLab } from './host.ts';
import { RealNetwork } from './real-network.ts';

/*
 * One set-up in real namespaces and in emulated ones: the JSON of iproute2 is what the emulated namespace is written out
 * as, field by field and in the same order, less what is listed here.
 */

const reason = whyNoLab();
if (reason !== undefined) console.log(`nothing is held to iproute2: ${reason}`);

const NAMESPACES = ['node', 'pod'];
const SETUP = `# node: sysctl -p -
net.ipv6.conf.default.accept_dad = 0
net.ipv6.conf.all.forwarding = 1
# node: ip -batch -
link set dev lo up
link add br0 address 02:00:00:00:00:01 type bridge
link add v0 address 02:00:00:00:00:02 type veth peer name eth0 address 02:00:00:00:00:03 netns pod
link add v1 address 02:00:00:00:00:04 type veth peer name v2 address 02:00:00:00:00:05
link add u0 address 02:00:00:00:00:06 type veth peer name u1 address 02:00:00:00:00:07
link set dev v0 master br0
link set dev v1 master br0
link set dev br0 up
link set dev v0 up
link set dev v1 up
link set dev u0 up
address add 10.0.0.1/24 dev br0
address add 10.0.0.2/24 dev br0
address add 10.7.0.1/31 dev u0 scope link
address add fd00::1/64 dev br0
address add fd00::2/64 dev br0
link add vx address 02:00:00:00:00:08 type vxlan id 7 local 10.0.0.1 dev br0 dstport 4789 nolearning
link add vy address 02:00:00:00:00:09 type vxlan id 9 remote 10.0.0.9 dstport 8472 srcport 1000 2000 learning ageing 100 ttl 5 tos inherit df set
link add vz address 02:00:00:00:00:0a type vxlan id 8 local fd00::1 remote fd00::9 dstport 4790 learning flowlabel 0x5 noudpcsum udp6zerocsumtx
link set dev vx up
route add default via 10.0.0.254
route add 10.1.0.0/16 nexthop via 10.0.0.3 weight 2 nexthop dev u0
route add 10.2.0.0/16 via inet6 fd00::5 dev br0
route add 10.3.0.0/16 via 1.1.1.1 dev br0 onlink src 10.0.0.1 proto 80 metric 5 mtu 1300 table 100
route add blackhole 10.4.0.0/16
route add unreachable 10.5.0.0/16 tos 0x10 proto bird
route add throw 10.6.0.0/16 table 7
route add ::/0 via fd00::9
route add fd01::/64 nexthop via fd00::3 weight 2 nexthop via fd00::4 dev br0
route add blackhole fd02::/64
route add fd03::/64 dev br0 src fd00::1 proto static metric 5 mtu 1300 table 100
rule add priority 100 from 10.0.0.0/24 to 10.1.0.0/16 fwmark 0x10/0xf0 iif br0 lookup 100
rule add not priority 101 from 10.0.0.1 oif nope lookup 254 suppress_prefixlength 0
rule add priority 102 tos 0x10 ipproto 6 sport 1-100 dport 80 prohibit
rule add priority 103 goto 200
rule add priority 104 goto 300
rule add priority 200 nop
neighbour replace 10.0.0.3 lladdr 02:00:00:00:01:03 dev br0 nud permanent
neighbour replace 10.0.0.5 lladdr 02:00:00:00:01:05 dev br0 nud reachable
neighbour replace fd00::4 lladdr 02:00:00:00:01:04 dev br0 nud permanent
neighbour add proxy 10.0.0.77 dev br0
neighbour add proxy fd00::77 dev br0
# node: ip -6 -batch -
rule add priority 7 from fd00::1 blackhole
rule add priority 8 to fd00::/64 ipproto 99 unreachable
# node: bridge -batch -
link set dev v0 hairpin on isolated on learning off flood off bcast_flood off
fdb append 00:00:00:00:00:00 dev vx dst 10.0.0.3 self permanent
fdb append 00:00:00:00:00:00 dev vx dst 10.0.0.4 self permanent
fdb replace 02:00:00:00:01:06 dev vx dst 10.0.0.4 self dynamic
# pod: sysctl -p -
net.ipv6.conf.eth0.accept_dad = 0
# pod: ip -batch -
link set dev lo up
link set dev eth0 up
address add 10.0.0.9/24 dev eth0
# node: bridge -batch -
fdb replace 02:00:00:00:01:07 dev v0 master dynamic
`;

const FILES: readonly (readonly [file: string, command: string])[] = [
  ['ip-link.json', 'ip -json -details link'],
  ['ip-address.json', 'ip -json address'],
  ['ip-4-route.json', 'ip -4 -json route show table all'],
  ['ip-6-route.json', 'ip -6 -json route show table all'],
  ['ip-4-rule.json', 'ip -4 -json rule'],
  ['ip-6-rule.json', 'ip -6 -json rule'],
  ['ip-neigh.json', 'ip -json neigh'],
  ['ip-neigh-proxy.json', 'ip -json neigh show proxy'],
  ['bridge-fdb.json', 'bridge -json fdb'],
  ['bridge-link.json', 'bridge -json -details link'],
];

/** Fields of links that have no meaning here: sizes, counts, timers, spanning tree, multicast snooping; and that nobody
 * looked for duplicates of an address. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  ...['promiscuity', 'allmulti', 'min_mtu', 'max_mtu', 'num_tx_queues', 'num_rx_queues'],
  ...['gso_max_size', 'gso_max_segs', 'tso_max_size', 'tso_max_segs', 'gro_max_size'],
  ...['forward_delay', 'hello_time', 'max_age', 'bridge_id', 'root_id', 'root_port'],
  ...['root_path_cost', 'topology_change', 'topology_change_detected', 'hello_timer', 'tcn_timer'],
  ...['topology_change_timer', 'gc_timer', 'group_fwd_mask', 'group_addr', 'no_linklocal_learn'],
  ...['no', 'designated_port', 'designated_cost', 'hold_timer', 'message_age_timer'],
  ...['forward_delay_timer', 'topology_change_ack', 'config_pending', 'multicast_router'],
  ...['group_fwd_mask_str', 'mcast_router', 'nodad'],
]);
const SNOOPING = /^mcast_(?!flood|to_unicast)/;

const isLeftOut = (key: string, value: unknown): boolean =>
  LEFT_OUT.has(key) ||
  SNOOPING.test(key) ||
  // Of a port and of a bridge, not of a VXLAN device or a rule.
  (key === 'id' && typeof value === 'string') ||
  (key === 'priority' && value === 32_768);

/** Lists that the kernel keeps by a hash. */
const HASHED = /neigh|fdb/;

describe.skipIf(reason !== undefined)('an emulated namespace, written out', () => {
  let real: RealNetwork;
  let emulated: Network;
  beforeAll(async () => {
    real = new RealNetwork('pj');
    emulated = createNetwork();
    for (const namespace of NAMESPACES) {
      emulated.addNamespace(namespace);
      real.namespace(namespace);
    }
    for (const program of parseProgram(SETUP, 'setup')) {
      emulated.apply(program);
      real.apply(program);
    }
    // Links tell of their state a little later.
    await new Promise((resolve) => setTimeout(resolve, 1500));
  }, 30_000);
  afterAll(() => real?.close());

  describe.each(FILES)('%s', (file, command) => {
    it.each(NAMESPACES)(`is what ${command} prints: %s`, (namespace) => {
      const printed = entriesOf(real.read(namespace, ...command.split(' ')));
      const written = entriesOf(emulated.namespace(namespace).snapshotFiles().get(file) ?? '');
      const inOrder = (lines: readonly string[]) => (HASHED.test(file) ? lines.toSorted() : lines);
      expect(inOrder(written)).toEqual(inOrder(printed.filter((line) => !OWN.test(line))));
    });
  });
});

/** An address that a device listens to for a group's sake, and what the kernel asks about for packets of its own. */
const OWN = /^\{"mac":"(33:33|01:00:5e):|"state":\["(INCOMPLETE|FAILED|STALE)"\]\}$/;

/** Each entry as text, with its fields in their order. */
const entriesOf = (text: string): readonly string[] => {
  const list: unknown = JSON.parse(text);
  if (!Array.isArray(list)) throw new Error(`no list: ${text}`);
  return list.map((entry: unknown) =>
    JSON.stringify(entry, (key, value: unknown) => (isLeftOut(key, value) ? undefined : value)),
  );
};
