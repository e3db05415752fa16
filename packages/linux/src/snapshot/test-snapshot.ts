import type { SnapshotReader } from './snapshot-reader.ts';

/** Files of one namespace by name. */
type Files = Readonly<Record<string, string>>;

export interface NodeFiles {
  readonly files: Files;
  readonly pods: Readonly<Record<string, Files>>;
}

const LO =
  '{"ifindex":1,"ifname":"lo","flags":["LOOPBACK","UP","LOWER_UP"],"mtu":65536,"link_type":"loopback","address":"00:00:00:00:00:00"}';
const LO_ADDRESSES =
  '{"ifindex":1,"ifname":"lo","addr_info":[{"family":"inet","local":"127.0.0.1","prefixlen":8,"scope":"host"}]}';
const LO_ROUTES = `{"type":"local","dst":"127.0.0.0/8","dev":"lo","table":"local","protocol":"kernel","scope":"host","prefsrc":"127.0.0.1","flags":[]},
{"type":"local","dst":"127.0.0.1","dev":"lo","table":"local","protocol":"kernel","scope":"host","prefsrc":"127.0.0.1","flags":[]},
{"type":"broadcast","dst":"127.255.255.255","dev":"lo","table":"local","protocol":"kernel","scope":"link","prefsrc":"127.0.0.1","flags":[]}`;
const RULES =
  '[{"priority":0,"src":"all","table":"local"},{"priority":32766,"src":"all","table":"main"},{"priority":32767,"src":"all","table":"default"}]';
const SETTINGS = 'net.ipv6.conf.all.disable_ipv6 = 1\nnet.ipv6.conf.default.disable_ipv6 = 1\n';

const socketsOn = (...ports: readonly number[]): string =>
  [
    '== tcp',
    ...ports.map((port, index) => `   ${index}: 00000000:${hex(port)} 00000000:0000 0A 0:0 00:0 0`),
    '',
  ].join('\n');
const hex = (port: number): string => port.toString(16).toUpperCase().padStart(4, '0');

/**
 * A node like many: a network card in 192.168.0.0/24 with a router at .254, a bridge for pods, and a route to the pods
 * of the other node. One pod, web, is behind the bridge.
 */
function node(own: number, other: number, pod: string): NodeFiles {
  const mac = (device: string) => `02:00:00:00:0${own}:${device}`;
  return {
    files: {
      'ip-link.json': `[${LO},
{"ifindex":2,"ifname":"eth0","flags":["BROADCAST","UP","LOWER_UP"],"mtu":1500,"link_type":"ether","address":"${mac('02')}"},
{"ifindex":3,"ifname":"cni0","flags":["BROADCAST","UP","LOWER_UP"],"mtu":1500,"link_type":"ether","address":"${mac('03')}",
 "linkinfo":{"info_kind":"bridge","info_data":{"ageing_time":30000,"stp_state":0,"vlan_filtering":0}}},
{"ifindex":4,"link_index":2,"ifname":"veth1","flags":["BROADCAST","UP","LOWER_UP"],"mtu":1500,"master":"cni0","link_type":"ether","address":"${mac('04')}","link_netnsid":0,
 "linkinfo":{"info_kind":"veth","info_slave_kind":"bridge","info_slave_data":{"hairpin":true,"learning":true,"flood":true,"isolated":false}}}]`,
      'ip-address.json': `[${LO_ADDRESSES},
{"ifindex":2,"ifname":"eth0","addr_info":[{"family":"inet","local":"192.168.0.${own}","prefixlen":24,"scope":"global"}]},
{"ifindex":3,"ifname":"cni0","addr_info":[{"family":"inet","local":"10.${own}.0.1","prefixlen":24,"scope":"global"}]},
{"ifindex":4,"ifname":"veth1","addr_info":[]}]`,
      'ip-4-route.json': `[
{"dst":"default","gateway":"192.168.0.254","dev":"eth0","flags":[]},
{"dst":"10.${own}.0.0/24","dev":"cni0","protocol":"kernel","scope":"link","prefsrc":"10.${own}.0.1","flags":[]},
{"dst":"10.${other}.0.0/24","gateway":"192.168.0.${other}","dev":"eth0","flags":[]},
{"dst":"192.168.0.0/24","dev":"eth0","protocol":"kernel","scope":"link","prefsrc":"192.168.0.${own}","flags":[]},
{"type":"local","dst":"10.${own}.0.1","dev":"cni0","table":"local","protocol":"kernel","scope":"host","prefsrc":"10.${own}.0.1","flags":[]},
{"type":"broadcast","dst":"10.${own}.0.255","dev":"cni0","table":"local","protocol":"kernel","scope":"link","prefsrc":"10.${own}.0.1","flags":[]},
${LO_ROUTES},
{"type":"local","dst":"192.168.0.${own}","dev":"eth0","table":"local","protocol":"kernel","scope":"host","prefsrc":"192.168.0.${own}","flags":[]},
{"type":"broadcast","dst":"192.168.0.255","dev":"eth0","table":"local","protocol":"kernel","scope":"link","prefsrc":"192.168.0.${own}","flags":[]}]`,
      'ip-6-route.json': '[]',
      'ip-4-rule.json': RULES,
      'ip-6-rule.json': '[]',
      'ip-neigh.json':
        '[{"dst":"192.168.0.254","dev":"eth0","lladdr":"02:00:00:00:fe:fe","state":["STALE"]}]',
      'bridge-fdb.json': '[]',
      'bridge-link.json': '[]',
      'iptables-save.txt': `*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A PREROUTING -d 10.96.0.${own}/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.${other}.0.2:8080
-A POSTROUTING -s 10.${own}.0.0/24 ! -d 10.0.0.0/8 -j MASQUERADE
COMMIT
`,
      'sysctl.txt': `${SETTINGS}net.ipv4.ip_forward = 1\nnet.bridge.bridge-nf-call-iptables = 1\n`,
      'sockets.txt': socketsOn(22, 30_080),
      missing: '',
    },
    pods: {
      [pod]: {
        'ip-link.json': `[${LO},
{"ifindex":2,"link_index":4,"ifname":"eth0","flags":["BROADCAST","UP","LOWER_UP"],"mtu":1500,"link_type":"ether","address":"${mac('e0')}","link_netnsid":0,"linkinfo":{"info_kind":"veth"}}]`,
        'ip-address.json': `[${LO_ADDRESSES},
{"ifindex":2,"ifname":"eth0","addr_info":[{"family":"inet","local":"10.${own}.0.2","prefixlen":24,"scope":"global"}]}]`,
        'ip-4-route.json': `[
{"dst":"default","gateway":"10.${own}.0.1","dev":"eth0","flags":[]},
{"dst":"10.${own}.0.0/24","dev":"eth0","protocol":"kernel","scope":"link","prefsrc":"10.${own}.0.2","flags":[]},
{"type":"local","dst":"10.${own}.0.2","dev":"eth0","table":"local","protocol":"kernel","scope":"host","prefsrc":"10.${own}.0.2","flags":[]},
{"type":"broadcast","dst":"10.${own}.0.255","dev":"eth0","table":"local","protocol":"kernel","scope":"link","prefsrc":"10.${own}.0.2","flags":[]},
${LO_ROUTES}]`,
        'ip-6-route.json': '[]',
        'ip-4-rule.json': RULES,
        'ip-6-rule.json': '[]',
        'iptables-save.txt': '',
        'sysctl.txt': SETTINGS,
        'sockets.txt': socketsOn(8080),
        'snapshot.txt': `format = 1\nnetns = cni-${own}\n`,
      },
    },
  };
}

/** Nodes a and b; pod web on a has 10.1.0.2, pod db on b 10.2.0.2. */
export const twoNodes = (): { readonly a: NodeFiles; readonly b: NodeFiles } => ({
  a: node(1, 2, 'web'),
  b: node(2, 1, 'db'),
});

/** A node with some of its files exchanged; `undefined` takes one away. */
export function withFiles(
  original: NodeFiles,
  changes: Readonly<Record<string, string | undefined>>,
): NodeFiles {
  const entries = Object.entries({ ...original.files, ...changes }).flatMap(
    ([name, text]): [string, string][] => (text === undefined ? [] : [[name, text]]),
  );
  return { ...original, files: Object.fromEntries(entries) };
}

/** A reader of nodes in memory, in the folder `snap`, that remembers what was read. */
export function readerOf(
  nodes: Readonly<Record<string, NodeFiles>>,
): SnapshotReader & { readonly reads: string[] } {
  const files = new Map<string, string>();
  for (const [name, { files: own, pods }] of Object.entries(nodes)) {
    for (const [file, text] of Object.entries(own)) files.set(`snap/${name}/${file}`, text);
    for (const [pod, rest] of Object.entries(pods)) {
      for (const [file, text] of Object.entries(rest)) {
        files.set(`snap/${name}/namespaces/${pod}/${file}`, text);
      }
    }
  }
  const reads: string[] = [];
  return {
    reads,
    folders: (path) => {
      const [, node, rest] = path.split('/');
      if (node === undefined) return Object.keys(nodes);
      return rest === 'namespaces' ? Object.keys(nodes[node]?.pods ?? {}) : [];
    },
    read: (path) => {
      reads.push(path);
      return files.get(path);
    },
  };
}
