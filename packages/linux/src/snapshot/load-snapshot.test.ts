import { formatIp, parseIp, parseMac } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { ParseError } from '../parse/parse-error.ts';
import { loadSnapshot, type SnapshotProbe } from './load-snapshot.ts';
import { SnapshotError } from './snapshot-error.ts';
import { type NodeFiles, readerOf, twoNodes, withFiles } from './test-snapshot.ts';

const load = (nodes: Readonly<Record<string, NodeFiles>> = { ...twoNodes() }) =>
  loadSnapshot('snap', readerOf(nodes));

/** Sends TCP and says which namespaces it passed, how it ended, and why. */
function trace(
  snapshot: ReturnType<typeof load>,
  from: string,
  to: string,
  port: number,
  more: Partial<SnapshotProbe> = {},
) {
  const found = snapshot.send({
    from: snapshot.end(from),
    to: parseIp(to),
    protocol: 'tcp',
    port,
    ...more,
  });
  return {
    ...found,
    path: found.request.map(({ namespace }) => namespace),
    kinds: found.request.flatMap(({ steps }) => steps.map(({ kind }) => kind)),
  };
}

const ALONG = ['pod/a/web', 'node/a', 'underlay', 'node/b', 'pod/b/db'];

const a = (changes: Readonly<Record<string, string | undefined>>) => {
  const nodes = twoNodes();
  return { ...nodes, a: withFiles(nodes.a, changes) };
};

const filter = (...rules: readonly string[]): string =>
  [
    '*filter',
    ':INPUT ACCEPT [0:0]',
    ':FORWARD ACCEPT [0:0]',
    ':OUTPUT ACCEPT [0:0]',
    ...rules,
    'COMMIT',
    '',
  ].join('\n');

describe('a snapshot of two nodes', () => {
  it('leads a packet from pod to pod, by the routes that the nodes have', () => {
    const found = trace(load(), 'ns:a/web', '10.2.0.2', 8080);
    expect(found).toMatchObject({ outcome: 'delivered', replyOutcome: 'delivered', path: ALONG });
  });

  it('knows a namespace by the name that ip netns has, too', () => {
    expect(load().end('ns:a/cni-1')).toEqual({ namespace: 'pod/a/web' });
  });

  it('follows a Service as the rules of the node say', () => {
    const found = trace(load(), 'ns:a/web', '10.96.0.1', 80);
    expect(found).toMatchObject({ outcome: 'delivered', path: ALONG });
    expect(found.kinds).toContain('nat');
  });

  it('begins at a node, at an address, or outside', () => {
    const snapshot = load();
    expect(trace(snapshot, 'node:b', '10.1.0.2', 8080)).toMatchObject({
      outcome: 'delivered',
      path: ['node/b', 'underlay', 'node/a', 'pod/a/web'],
    });
    expect(trace(snapshot, 'ip:10.2.0.2', '192.168.0.1', 22).path).toEqual([
      'pod/b/db',
      'node/b',
      'underlay',
      'node/a',
    ]);
    expect(trace(snapshot, 'ip:203.0.113.9', '192.168.0.1', 30_080)).toMatchObject({
      outcome: 'delivered',
      replyOutcome: 'delivered',
      path: ['outside', 'underlay', 'node/a'],
    });
    expect(snapshot.notes).toContain(
      '203.0.113.9 is in no namespace: taken to be a host beyond the router, which answers',
    );
  });

  it('takes an address that nobody has to be outside, and masquerades on the way there', () => {
    const snapshot = load();
    const found = trace(snapshot, 'ns:a/web', '198.51.100.7', 443);
    expect(found).toMatchObject({
      outcome: 'delivered',
      replyOutcome: 'delivered',
      path: ['pod/a/web', 'node/a', 'underlay', 'outside'],
    });
    expect(found.kinds).toContain('nat');
    expect(snapshot.notes).toEqual([
      'taken to be on one link: eth0 of a, eth0 of b, with a router at 192.168.0.254',
      '198.51.100.7 is in no namespace: taken to be a host beyond the router, which answers',
    ]);
  });

  it('has the router’s MAC address from the nodes that know it', () => {
    const snapshot = load();
    const [eth0] = snapshot.network
      .namespace('outside')
      .devices()
      .filter(({ name }) => name === 'eth0');
    expect(eth0?.mac).toBe(parseMac('02:00:00:00:fe:fe'));
    expect(eth0?.addresses.map(({ address }) => formatIp(address))).toContain('192.168.0.254');
  });

  it('is refused where nobody listens, or only for itself', () => {
    expect(trace(load(), 'ns:a/web', '10.2.0.2', 81).outcome).toBe('refused');
    const nodes = twoNodes();
    const loopback = '== tcp\n   0: 0100007F:1F90 00000000:0000 0A 0:0 00:0 0\n';
    const db = { ...nodes.b.pods.db, 'sockets.txt': loopback };
    const closed = load({ ...nodes, b: { ...nodes.b, pods: { db } } });
    expect(trace(closed, 'ns:a/web', '10.2.0.2', 8080).outcome).toBe('refused');
  });

  it('reads of a node only what joins the nodes, until something reaches it', () => {
    const reader = readerOf({ ...twoNodes() });
    const snapshot = loadSnapshot('snap', reader);
    const heavy = () => reader.reads.filter((path) => /iptables|sysctl|sockets/.test(path));
    expect(heavy()).toEqual([]);
    trace(snapshot, 'node:a', '192.168.0.1', 22);
    expect(heavy().every((path) => path.startsWith('snap/a/'))).toBe(true);
    trace(snapshot, 'node:a', '192.168.0.2', 22);
    expect(heavy().some((path) => path.startsWith('snap/b/'))).toBe(true);
  });

  it('lists its nodes and their namespaces', () => {
    const snapshot = load();
    expect(snapshot.nodes).toEqual(['a', 'b']);
    expect(snapshot.namespaces('a')).toEqual(['node/a', 'pod/a/web']);
  });
});

describe('what is not emulated', () => {
  it('ends a packet that meets it, by name, and no other', () => {
    const rules = filter(
      '-A FORWARD -p tcp -m tcp --dport 8080 -m bpf --bytecode "1,6 0 0 1" -j DROP',
      '-A FORWARD -j ACCEPT',
    );
    const snapshot = load(a({ 'iptables-save.txt': rules }));
    expect(trace(snapshot, 'ns:a/web', '10.2.0.2', 8080)).toMatchObject({
      outcome: 'undecided',
      reason: 'rule 1 of filter FORWARD uses -m bpf, which podpath does not emulate',
      path: ['pod/a/web', 'node/a'],
    });
    expect(trace(snapshot, 'ns:a/web', '10.2.0.2', 81).outcome).toBe('refused');
    expect(snapshot.notes).toContain('node/a: what a packet meets of this is not emulated: -m bpf');
  });

  it('does not matter in a rule that changes nothing', () => {
    const rules = filter(
      '-A FORWARD -m cpu --cpu 0 -j LOG',
      '-A FORWARD -m bpf --bytecode "1,6 0 0 1"',
      '-A FORWARD -j CHECKSUM --checksum-fill',
    );
    expect(
      trace(load(a({ 'iptables-save.txt': rules })), 'ns:a/web', '10.2.0.2', 8080).outcome,
    ).toBe('delivered');
  });

  it('may be a target or a set', () => {
    const target = filter('-A FORWARD -j NFQUEUE --queue-num 0');
    expect(
      trace(load(a({ 'iptables-save.txt': target })), 'ns:a/web', '10.2.0.2', 8080).reason,
    ).toBe(
      'rule 1 of filter FORWARD uses -j NFQUEUE --queue-num 0, which podpath does not emulate',
    );
    const set = filter('-A FORWARD -m set --match-set m src -j DROP');
    const sets = 'create m hash:mac hashsize 1024 maxelem 65536\n';
    expect(
      trace(
        load(a({ 'iptables-save.txt': set, 'ipset-save.txt': sets })),
        'ns:a/web',
        '10.2.0.2',
        8080,
      ).reason,
    ).toBe('rule 1 of filter FORWARD uses set m of type hash:mac, which podpath does not emulate');
  });

  it('may be a device', () => {
    const nodes = twoNodes();
    const links = nodes.a.files['ip-link.json']?.replace(
      /\]$/,
      ',{"ifindex":9,"ifname":"wg0","flags":["NOARP","UP","LOWER_UP"],"mtu":1420,"link_type":"none","linkinfo":{"info_kind":"wireguard"}}]',
    );
    const routes = nodes.a.files['ip-4-route.json']?.replace(
      '{"dst":"10.2.0.0/24","gateway":"192.168.0.2","dev":"eth0","flags":[]}',
      '{"dst":"10.2.0.0/24","dev":"wg0","scope":"link","flags":[]}',
    );
    const snapshot = load(a({ 'ip-link.json': links, 'ip-4-route.json': routes }));
    expect(trace(snapshot, 'ns:a/web', '10.2.0.2', 8080)).toMatchObject({
      outcome: 'undecided',
      reason: 'wg0 is of type wireguard, a device that podpath does not emulate',
    });
  });

  it('may be the bridge that a port belongs to', () => {
    const nodes = twoNodes();
    const links = nodes.a.files['ip-link.json']?.replace(
      '"vlan_filtering":0',
      '"vlan_filtering":1',
    );
    expect(trace(load(a({ 'ip-link.json': links })), 'ns:a/web', '10.2.0.2', 8080)).toMatchObject({
      outcome: 'undecided',
      reason:
        'no neighbour 10.1.0.1 answers on eth0: the question got lost where ' +
        'veth1 belongs to cni0, which is of type bridge (filtering VLANs), a device that podpath does not emulate',
    });
    expect(nodes).toBeDefined();
  });

  it('may be a second iptables', () => {
    const snapshot = load(a({ 'iptables-legacy-save.txt': filter('-A FORWARD -j DROP') }));
    expect(trace(snapshot, 'ns:a/web', '10.2.0.2', 8080)).toMatchObject({
      outcome: 'undecided',
      reason:
        'rule 1 of mangle FORWARD uses rules of iptables-legacy beside those of iptables, which podpath does not emulate',
    });
    const idle = load(a({ 'iptables-legacy-save.txt': filter() }));
    expect(trace(idle, 'ns:a/web', '10.2.0.2', 8080).outcome).toBe('delivered');
  });
});

const nft = (...lines: readonly string[]): string =>
  [
    'table inet firewall {',
    '\tchain forward {',
    '\t\ttype filter hook forward priority filter; policy accept;',
    ...lines.map((line) => `\t\t${line}`),
    '\t}',
    '}',
    '',
  ].join('\n');

describe('tables of nftables', () => {
  it('are walked', () => {
    const snapshot = load(a({ 'nft-ruleset.txt': nft('tcp dport 8080 drop') }));
    expect(trace(snapshot, 'ns:a/web', '10.2.0.2', 8080).outcome).toBe('dropped');
    expect(trace(snapshot, 'ns:a/web', '10.2.0.2', 81).outcome).toBe('refused');
  });

  it('that are not emulated end what comes to their hooks', () => {
    const snapshot = load(a({ 'nft-ruleset.txt': nft('osf name "Linux" drop') }));
    expect(trace(snapshot, 'ns:a/web', '10.2.0.2', 8080)).toMatchObject({
      outcome: 'undecided',
      reason:
        'rule 1 of mangle FORWARD uses nftables table inet firewall, which podpath does not emulate',
    });
    expect(trace(snapshot, 'node:a', '10.2.0.2', 8080).outcome).toBe('delivered');
    expect(
      snapshot.notes.some((note) =>
        note.startsWith('node/a: nftables table inet firewall is not emulated ('),
      ),
    ).toBe(true);
  });

  it('that iptables keeps are told by iptables', () => {
    const text =
      'table ip nat {\n\tchain PREROUTING {\n\t\ttype nat hook prerouting priority dstnat; policy accept;\n\t\txt match "x" drop\n\t}\n}\n';
    expect(trace(load(a({ 'nft-ruleset.txt': text })), 'ns:a/web', '10.2.0.2', 8080).outcome).toBe(
      'delivered',
    );
  });

  it('that see frames before IP does are walked', () => {
    const text =
      'table netdev x {\n\tchain i {\n\t\ttype filter hook egress device "eth0" priority 0; policy accept;\n\t\ttcp dport 8080 drop\n\t}\n}\n';
    const snapshot = load(a({ 'nft-ruleset.txt': text }));
    expect(trace(snapshot, 'ns:a/web', '10.2.0.2', 8080)).toMatchObject({
      outcome: 'dropped',
      reason: 'rule 1 of netdev x i',
    });
    expect(trace(snapshot, 'ns:a/web', '10.2.0.2', 8081).outcome).toBe('refused');
  });

  it('that see frames before IP does are refused when podpath does not know what they do', () => {
    const text =
      'table netdev x {\n\tchain i {\n\t\ttype filter hook ingress device "eth0" priority 0; policy accept;\n\t\tosf name "Linux" drop\n\t}\n}\n';
    expect(() => load(a({ 'nft-ruleset.txt': text })).end('node:a')).toThrow(
      'snap/a/nft-ruleset.txt:1: nftables table netdev x sees packets before podpath can tell (ingress)',
    );
  });
});

describe('what is wrong with a snapshot', () => {
  it('has its place, and what would be right', () => {
    const without = (file: string) => a({ [file]: undefined });
    for (const [file, told] of [
      ['ip-link.json', 'ip -json -details link'],
      ['ip-address.json', 'ip -json address'],
      ['ip-4-route.json', 'ip -4 -json route show table all'],
    ] as const) {
      expect(() => load(without(file))).toThrow(
        `snap/a/${file}: there is no such file; expected what ${told} prints; without it a trace would be wrong`,
      );
    }
    for (const file of ['iptables-save.txt', 'sysctl.txt']) {
      const snapshot = load(without(file));
      expect(() => snapshot.end('node:a'), file).toThrow(SnapshotError);
    }
    const named = {
      'iptables-save.txt': undefined,
      missing: 'iptables-save.txt: iptables-save is not installed\n',
    };
    expect(() => load(a(named)).end('node:a')).toThrow(
      'snap/a/iptables-save.txt: there is no such file (iptables-save is not installed); expected',
    );
  });

  it('is told when nodes come to life, at the latest', () => {
    expect(() => load(a({ 'ip-link.json': '[{"ifindex":1' }))).toThrow(ParseError);
    expect(() => load(a({ 'iptables-save.txt': '*filter\n' })).end('node:a')).toThrow(
      'snap/a/iptables-save.txt:1:1: table filter does not end; expected a line COMMIT',
    );
    const nodes = twoNodes();
    const broken = { ...nodes, b: withFiles(nodes.b, { 'iptables-save.txt': 'nonsense' }) };
    expect(() => trace(load(broken), 'ns:a/web', '10.2.0.2', 8080)).toThrow(
      'snap/b/iptables-save.txt:1:1: "nonsense" begins no table that is known',
    );
  });

  it('may be files that do not belong together', () => {
    const routes = twoNodes().a.files['ip-4-route.json']?.replace(
      '"10.2.0.0/24","gateway":"192.168.0.2","dev":"eth0"',
      '"10.2.0.0/24","gateway":"192.168.0.2","dev":"eth7"',
    );
    expect(() => load(a({ 'ip-4-route.json': routes })).end('node:a')).toThrow(
      /^snap\/a\/ip-4-route\.json: the state that it describes is refused: ip route append 10\.2\.0\.0\/24 via 192\.168\.0\.2 dev eth7 .*Cannot find device "eth7" \(ENODEV\)/,
    );
    expect(() =>
      load(a({ 'iptables-save.txt': filter('-A FORWARD -m set --match-set gone src') })).end(
        'node:a',
      ),
    ).toThrow(
      /^snap\/a\/iptables-save\.txt:5: the state that it describes is refused: .*set gone doesn't exist/,
    );
  });

  it('may be an end that it does not have', () => {
    const snapshot = load();
    for (const [end, message] of [
      ['node:c', "node:c: there is no node 'c'; expected one of a, b"],
      ['ns:a/nobody', "ns:a/nobody: node a has no namespace 'nobody'; expected one of web"],
      ['ns:c/web', "ns:c/web: there is no node 'c'; expected one of a, b"],
      ['ip:10.1', 'ip:10.1: no IP address; expected ip: and an address such as 10.0.0.1'],
      [
        'shop/web',
        'shop/web: not an end of a flow; expected node:NAME, ns:NODE/NAMESPACE or ip:ADDRESS',
      ],
      [
        'ip:127.0.0.1',
        'ip:127.0.0.1: more than one namespace has it: node/a, pod/a/web, node/b, pod/b/db; expected',
      ],
    ] as const) {
      expect(() => snapshot.end(end)).toThrow(message);
    }
    expect(() => load({})).toThrow(
      'snap: there are no nodes in it; expected a folder for each node',
    );
  });

  it('may be that there is no way outside', () => {
    const nodes = twoNodes();
    const routes = nodes.a.files['ip-4-route.json']?.replace(
      '{"dst":"default","gateway":"192.168.0.254","dev":"eth0","flags":[]},',
      '',
    );
    const alone = load({
      a: withFiles(nodes.a, { 'ip-4-route.json': routes?.replace(/\{"dst":"10\.2[^}]*\},/, '') }),
    });
    expect(() => alone.end('ip:203.0.113.9')).toThrow(
      'no namespace has it, and no node has a router',
    );
    expect(trace(alone, 'ns:a/web', '203.0.113.9', 80).outcome).toBe('unreachable');
  });
});

describe('state that a fresh namespace would not have', () => {
  it('is kept: routes without their address’s help, rules, settings, unusual addresses', () => {
    const nodes = twoNodes();
    const files = nodes.a.files;
    const routes = files['ip-4-route.json']
      ?.replace(
        '{"dst":"10.1.0.0/24","dev":"cni0","protocol":"kernel","scope":"link","prefsrc":"10.1.0.1","flags":[]},',
        '',
      )
      .replace(
        '{"dst":"default"',
        '{"dst":"10.9.0.0/16","gateway":"172.31.9.9","dev":"eth0","table":"100","flags":[]},{"dst":"10.8.0.0/16","dev":"eth0","scope":"link","table":"100","metric":7,"flags":[]},{"dst":"default"',
      );
    const rules =
      '[{"priority":0,"src":"all","table":"local"},{"priority":50,"src":"all","fwmark":"0x1","table":"100"},{"priority":32766,"src":"all","table":"main"}]';
    const snapshot = load(
      a({
        'ip-4-route.json': routes,
        'ip-4-rule.json': rules,
        'sysctl.txt': `${files['sysctl.txt']}net.ipv4.conf.all.rp_filter = 0\nnet.ipv4.conf.eth0.rp_filter = 2\nnet.ipv4.made_up = 5\n`,
      }),
    );
    snapshot.end('node:a');
    const view = snapshot.network.namespace('node/a');
    expect(view.ipRoute(4)).not.toContain('10.1.0.0/24');
    expect(view.ipRoute(4, 100)).toBe(
      '10.8.0.0/16 dev eth0 scope link metric 7 \n10.9.0.0/16 via 172.31.9.9 dev eth0 \n',
    );
    expect(view.route(parseIp('10.8.0.1'), { mark: 1 })).toMatchObject({
      kind: 'route',
      table: 100,
    });
    expect(view.route(parseIp('10.8.0.1'))).toMatchObject({ kind: 'route', table: 254 });
    expect(view.sysctl('net.ipv4.conf.eth0.rp_filter')).toBe(2);
    expect(view.sysctl('net.ipv4.ip_forward')).toBe(1);
    expect(view.sysctl('net.bridge.bridge-nf-call-iptables')).toBe(1);
    expect(
      snapshot.network.namespace('pod/a/web').sysctl('net.bridge.bridge-nf-call-iptables'),
    ).toBe(0);
    expect(snapshot.notes).toContain(
      'node/a: the gateway 172.31.9.9 of 10.9.0.0/16 is on no link that is left',
    );
  });

  it('is kept of devices that are down, or without a carrier', () => {
    const links = twoNodes().a.files['ip-link.json']?.replace(
      '"ifname":"eth0","flags":["BROADCAST","UP","LOWER_UP"]',
      '"ifname":"eth0","flags":["BROADCAST","UP","NO-CARRIER"]',
    );
    const snapshot = load(a({ 'ip-link.json': links }));
    snapshot.end('node:a');
    const [eth0] = snapshot.network
      .namespace('node/a')
      .devices()
      .filter(({ name }) => name === 'eth0');
    expect(eth0).toMatchObject({ up: true, carrier: false });
    expect(trace(snapshot, 'ns:a/web', '10.2.0.2', 8080).outcome).not.toBe('delivered');
  });

  it('lets a bond stand for its members', () => {
    const nodes = twoNodes();
    const rename = (text: string | undefined) => text?.replaceAll('"eth0"', '"bond0"');
    const links = rename(nodes.a.files['ip-link.json'])
      ?.replace('"ifname":"bond0",', '"ifname":"bond0","linkinfo":{"info_kind":"bond"},')
      .replace(
        /\]$/,
        ',{"ifindex":9,"ifname":"eno1","flags":["UP"],"mtu":1500,"master":"bond0","link_type":"ether","address":"02:00:00:00:01:02"}]',
      );
    const snapshot = load(
      a({
        'ip-link.json': links,
        'ip-address.json': rename(nodes.a.files['ip-address.json']),
        'ip-4-route.json': rename(nodes.a.files['ip-4-route.json']),
        'ip-neigh.json': rename(nodes.a.files['ip-neigh.json']),
      }),
    );
    expect(trace(snapshot, 'ns:a/web', '10.2.0.2', 8080)).toMatchObject({
      outcome: 'delivered',
      path: ALONG,
    });
    expect(
      snapshot.network
        .namespace('node/a')
        .devices()
        .map(({ name }) => name),
    ).not.toContain('eno1');
  });
});
