import { formatIp, formatPrefix, parseIp, parsePrefix } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { parseFdb } from './bridge-fdb.ts';
import { parseBridgeLinks } from './bridge-link.ts';
import { parseAddresses } from './ip-address.ts';
import { parseIpBatch } from './ip-batch.ts';
import { parseLinks } from './ip-link.ts';
import { parseNeighbours } from './ip-neighbour.ts';
import { parseRoutes } from './ip-route.ts';
import { parseRules } from './ip-rule.ts';
import { parseTableNames } from './routing-tables.ts';

const links = (text: string) => parseLinks(text, 'ip-link.json');

/** Shortened from what iproute2 6.1.0 printed on a node of Flannel. */
const LINKS = `[
{"ifindex":1,"ifname":"lo","flags":["LOOPBACK","UP","LOWER_UP"],"mtu":65536,"link_type":"loopback","address":"00:00:00:00:00:00"},
{"ifindex":2,"ifname":"eth0","flags":["BROADCAST","MULTICAST","UP","LOWER_UP"],"mtu":1500,"link_type":"ether","address":"2a:43:1f:07:76:84"},
{"ifindex":3,"ifname":"flannel.1","flags":["BROADCAST","UP","LOWER_UP"],"mtu":1450,"link_type":"ether","address":"ce:4a:ff:22:ec:78",
 "linkinfo":{"info_kind":"vxlan","info_data":{"id":1,"local":"192.168.56.11","link":"eth0","port":8472,"learning":false,"ttl":0,"udp_csum":true}}},
{"ifindex":4,"ifname":"cni0","flags":["BROADCAST","UP"],"mtu":1450,"link_type":"ether","address":"5a:92:e8:a9:06:b8",
 "linkinfo":{"info_kind":"bridge","info_data":{"ageing_time":30000,"stp_state":0,"vlan_filtering":0,"nf_call_iptables":0}}},
{"ifindex":5,"link_index":2,"ifname":"vethb22caddb","flags":["UP","LOWER_UP"],"mtu":1450,"master":"cni0","link_type":"ether","address":"ca:ac:d3:d6:db:d0","link_netnsid":1,
 "linkinfo":{"info_kind":"veth","info_slave_kind":"bridge","info_slave_data":{"state":"forwarding","hairpin":true,"learning":true,"flood":true,"isolated":false}}},
{"ifindex":6,"link":"tail","ifname":"head","flags":["NOARP"],"mtu":1500,"link_type":"ether","address":"02:00:00:00:00:06","linkinfo":{"info_kind":"veth"}},
{"ifindex":7,"link":null,"ifname":"tunl0","flags":["NOARP"],"mtu":1480,"link_type":"ipip","address":"0.0.0.0","linkinfo":{"info_kind":"ipip","info_data":{"proto":"ipip","remote":"any","local":"any","ttl":0,"pmtudisc":false}}}
]`;

describe('ip -json -details link', () => {
  it('tells of devices, of what they hang on and of what is special about them', () => {
    expect(links(LINKS)).toMatchObject([
      { index: 1, name: 'lo', kind: '', linkType: 'loopback', up: true, mac: 0 },
      { index: 2, name: 'eth0', kind: '', mtuBytes: 1500, up: true, carrier: true },
      {
        name: 'flannel.1',
        kind: 'vxlan',
        vxlan: {
          settings: {
            vni: 1,
            local: parseIp('192.168.56.11'),
            dev: 'eth0',
            port: 8472,
            learning: false,
          },
        },
      },
      {
        name: 'cni0',
        kind: 'bridge',
        carrier: false,
        bridge: { ageingMs: 300_000, callsIptables: false },
      },
      {
        name: 'vethb22caddb',
        master: 'cni0',
        lower: { index: 2, namespaceId: 1 },
        port: { hairpin: true, isolated: false, learning: true, flood: true },
      },
      { name: 'head', up: false, noArp: true, lower: { name: 'tail' } },
      {
        name: 'tunl0',
        kind: 'ipip',
        tunnel: { settings: { type: 'ipip', pathMtuDiscovery: false } },
      },
    ]);
    expect(links(LINKS).at(-1)).not.toHaveProperty('mac');
  });

  it('tells between where a tunnel of IP in IP leads', () => {
    const text =
      '[{"ifindex":1,"ifname":"t","flags":[],"mtu":1480,"link_type":"ipip","linkinfo":{"info_kind":"ipip",' +
      '"info_data":{"proto":"ipip","remote":"192.0.2.2","local":"192.0.2.1","link":"eth0","ttl":64,"pmtudisc":true}}}]';
    expect(links(text)[0]?.tunnel?.settings).toEqual({
      type: 'ipip',
      local: parseIp('192.0.2.1'),
      remote: parseIp('192.0.2.2'),
      dev: 'eth0',
      ttl: 64,
      pathMtuDiscovery: true,
    });
  });

  it('says which bridges and VXLAN devices do more than is emulated', () => {
    const one = (kind: string, data: string) =>
      links(
        `[{"ifindex":1,"ifname":"x","flags":[],"mtu":1500,"linkinfo":{"info_kind":"${kind}","info_data":${data}}}]`,
      )[0];
    expect(one('bridge', '{"vlan_filtering":1}')?.bridge?.unsupported).toBe('filtering VLANs');
    expect(one('bridge', '{"stp_state":1}')?.bridge?.unsupported).toBe('with a spanning tree');
    expect(one('vxlan', '{"external":true,"port":4789}')?.vxlan?.unsupported).toBe('with external');
    expect(one('vxlan', '{"group":"239.0.0.1","port":4789}')?.vxlan?.unsupported).toBe(
      'with a group',
    );
    expect(one('vxlan', '{"id":1,"ttl":0,"port":4789}')?.vxlan?.unsupported).toBeUndefined();
  });

  // As iproute2 6.1.0 printed them on kernel 6.18.
  it.each([
    [
      '"id":1,"remote":"192.0.2.1","local":"192.0.2.2","port_range":{"low":5000,"high":5010},"port":4789,"learning":true,' +
        '"tos":"0x1","df":"inherit","ageing":77,"udp_csum":false,"udp_zero_csum6_tx":false,"udp_zero_csum6_rx":false',
      'id 1 local 192.0.2.2 remote 192.0.2.1 dstport 4789 srcport 5000 5010 learning ageing 77 ttl inherit tos inherit df inherit noudpcsum',
    ],
    [
      '"id":2,"port_range":{"low":0,"high":0},"port":4789,"learning":true,"tos":"0x10","ttl":5,"df":"set","ageing":300,' +
        '"udp_csum":true,"udp_zero_csum6_tx":true,"udp_zero_csum6_rx":false',
      'id 2 dstport 4789 learning ttl 5 tos 0x10 df set udp6zerocsumtx',
    ],
    [
      '"id":5,"remote6":"2001:db8::1","port_range":{"low":0,"high":0},"port":4789,"learning":true,"ttl":0,"df":"unset",' +
        '"label":"0x123","ageing":300,"udp_csum":true,"udp_zero_csum6_tx":false,"udp_zero_csum6_rx":false',
      'id 5 remote 2001:db8::1 dstport 4789 learning flowlabel 0x123',
    ],
  ])('tells of VXLAN devices what they were made with: %s', (data, line) => {
    const [link] = links(
      `[{"ifindex":1,"ifname":"x","flags":[],"mtu":1500,"linkinfo":{"info_kind":"vxlan","info_data":{${data}}}}]`,
    );
    const [made] = parseIpBatch(`link add x type vxlan ${line}`, { file: 'f', family: 4 });
    expect({ kind: 'link-add', name: 'x', ...link?.vxlan?.settings }).toEqual(made?.value);
  });

  it('refuses ports that do what is not emulated', () => {
    expect(() =>
      parseBridgeLinks(
        '[{"ifname":"v1","master":"cni0","neigh_suppress":true}]',
        'bridge-link.json',
      ),
    ).toThrow(
      'bridge-link.json: [0].neigh_suppress: a bridge port with neigh_suppress on is not supported; expected false',
    );
  });
});

describe('bridge -json -details link', () => {
  it('tells of ports', () => {
    const text =
      '[{"ifname":"v1","master":"cni0","hairpin":false,"isolated":true,"learning":false,"flood":true},{"ifname":"x"}]';
    expect(parseBridgeLinks(text, 'bridge-link.json')).toEqual(
      new Map([['v1', { hairpin: false, isolated: true, learning: false, flood: true }]]),
    );
  });
});

describe('ip -json address', () => {
  const addresses = (info: string) =>
    parseAddresses(`[{"ifname":"eth0","addr_info":[${info}]}]`, 'ip-address.json');

  it('becomes the commands that add the addresses', () => {
    const { commands } = addresses(
      '{"family":"inet","local":"10.0.0.1","prefixlen":24,"scope":"global"},{"family":"inet6","local":"fe80::1","prefixlen":64,"scope":"link"},{}',
    );
    expect(commands).toEqual([
      {
        kind: 'address-add',
        dev: 'eth0',
        address: { address: parseIp('10.0.0.1'), length: 24 },
        scope: 'global',
      },
      {
        kind: 'address-add',
        dev: 'eth0',
        address: { address: parseIp('fe80::1'), length: 64 },
        scope: 'link',
      },
    ]);
  });

  it('makes an address with a peer stand alone', () => {
    const { commands } = addresses(
      '{"local":"10.0.0.1","address":"10.0.0.2","prefixlen":32,"scope":"global"}',
    );
    expect(commands[0]?.address).toEqual({ address: parseIp('10.0.0.1'), length: 32 });
    const point = addresses(
      '{"local":"10.0.0.1","address":"10.0.0.2","prefixlen":24,"scope":"global"}',
    );
    expect(point.commands[0]?.address.length).toBe(32);
  });

  it('leaves out what the kernel does not use', () => {
    expect(
      addresses('{"local":"fd00::1","prefixlen":64,"scope":"global","tentative":true}'),
    ).toEqual({
      commands: [],
      unused: ['fd00::1 on eth0 is tentative'],
    });
  });

  it('refuses scopes and lengths that there are not', () => {
    expect(() => addresses('{"local":"10.0.0.1","prefixlen":33}')).toThrow(
      'addr_info[0].prefixlen: 33 is too long',
    );
    expect(() => addresses('{"local":"10.0.0.1","prefixlen":8,"scope":"site"}')).toThrow(
      'scope "site" is not supported',
    );
  });
});

describe('ip -json route show table all', () => {
  const tables = parseTableNames('# reserved\n255\tlocal\n100  calico\n0x7f x\nbad line\n');
  const routes = (text: string, family: 4 | 6 = 4) =>
    parseRoutes(`[${text}]`, { file: 'route.json', family, tables });

  it('becomes complete routes, in the order of the dump', () => {
    const dump = routes(
      '{"dst":"default","gateway":"192.168.56.1","dev":"eth0","flags":[]},' +
        '{"dst":"10.244.41.0/26","gateway":"10.244.41.0","dev":"vxlan.calico","protocol":"80","flags":["onlink"],"metrics":[{"mtu":1450}]},' +
        '{"type":"blackhole","dst":"10.244.41.192/26","protocol":"80","flags":[]},' +
        '{"dst":"10.244.41.193","dev":"cali1","scope":"link","metric":1024,"flags":[]},' +
        '{"type":"local","dst":"192.168.56.11","dev":"eth0","table":"local","protocol":"kernel","scope":"host","prefsrc":"192.168.56.11","flags":[]},' +
        '{"dst":"10.9.0.0/16","dev":"eth0","table":"calico","flags":[]},' +
        '{"dst":"10.8.0.0/16","dev":"eth0","table":"77","flags":[]}',
    );
    expect(dump.routes).toEqual([
      {
        type: 'unicast',
        dst: parsePrefix('0.0.0.0/0'),
        via: parseIp('192.168.56.1'),
        dev: 'eth0',
        scope: 'global',
        protocol: 'boot',
        metric: 0,
        table: 254,
      },
      {
        type: 'unicast',
        dst: parsePrefix('10.244.41.0/26'),
        via: parseIp('10.244.41.0'),
        dev: 'vxlan.calico',
        onlink: true,
        scope: 'global',
        protocol: '80',
        metric: 0,
        mtuBytes: 1450,
        table: 254,
      },
      {
        type: 'blackhole',
        dst: parsePrefix('10.244.41.192/26'),
        scope: 'global',
        protocol: '80',
        metric: 0,
        table: 254,
      },
      {
        type: 'unicast',
        dst: parsePrefix('10.244.41.193/32'),
        dev: 'cali1',
        scope: 'link',
        protocol: 'boot',
        metric: 1024,
        table: 254,
      },
      {
        type: 'local',
        dst: parsePrefix('192.168.56.11/32'),
        dev: 'eth0',
        src: parseIp('192.168.56.11'),
        scope: 'host',
        protocol: 'kernel',
        metric: 0,
        table: 255,
      },
      {
        type: 'unicast',
        dst: parsePrefix('10.9.0.0/16'),
        dev: 'eth0',
        scope: 'global',
        protocol: 'boot',
        metric: 0,
        table: 100,
      },
      {
        type: 'unicast',
        dst: parsePrefix('10.8.0.0/16'),
        dev: 'eth0',
        scope: 'global',
        protocol: 'boot',
        metric: 0,
        table: 77,
      },
    ]);
  });

  it('has both families, of which one is read', () => {
    const both =
      '{"dst":"default","gateway":"10.0.0.1","dev":"e","flags":[]},{"dst":"10.0.0.0/8","dev":"e","flags":[]},' +
      '{"dst":"default","via":{"family":"inet6","host":"fe80::1"},"dev":"e","flags":[],"pref":"medium"},{"dst":"fd00::/8","dev":"e","metric":256,"flags":[],"pref":"medium"},' +
      '{"type":"multicast","dst":"ff00::/8","dev":"e","table":"local","flags":[],"pref":"medium"},{"type":"anycast","dst":"fe80::","dev":"e","flags":[]}';
    expect(routes(both, 4).routes.map(({ dst }) => formatPrefix(dst))).toEqual([
      '0.0.0.0/0',
      '10.0.0.0/8',
    ]);
    const six = routes(both, 6);
    expect(six.routes.map(({ dst }) => formatPrefix(dst))).toEqual(['::/0', 'fd00::/8']);
    expect(six.routes.map(({ via }) => via && formatIp(via))).toEqual(['fe80::1', undefined]);
    expect(six.routes.map(({ metric }) => metric)).toEqual([1024, 256]);
    expect(six.implicit).toBe(2);
  });

  it('may have several next hops, or be for one type of service', () => {
    const [spread, service] = routes(
      '{"dst":"10.0.0.0/8","protocol":"bird","flags":[],"nexthops":[{"gateway":"192.0.2.1","dev":"e1","weight":1,"flags":[]},{"gateway":"192.0.2.2","dev":"e2","weight":3,"flags":["onlink"]}]},' +
        '{"dst":"10.0.0.0/8","tos":"0x10","dev":"e1","flags":[]}',
    ).routes;
    expect(spread?.nexthops).toEqual([
      { via: parseIp('192.0.2.1'), dev: 'e1', weight: 1 },
      { via: parseIp('192.0.2.2'), dev: 'e2', onlink: true, weight: 3 },
    ]);
    expect(service?.tos).toBe(0x10);
  });

  it.each([
    [
      '{"dst":"10.0.0.0/8","encap":"mpls","dev":"e"}',
      '[0].encap: routes with encap are not supported',
    ],
    [
      '{"dst":"10.0.0.0/8","type":"nat","dev":"e"}',
      '[0].type: routes of type "nat" are not supported',
    ],
    [
      '{"dst":"10.0.0.0/8","table":"vrf-blue","dev":"e"}',
      '[0].table: the number of table "vrf-blue" is not known; expected a table that rt_tables names, or a number',
    ],
    ['{"dst":"10.0.0.1/8","dev":"e"}', '[0].dst: "10.0.0.1/8" has host bits set'],
    ['{"dev":"e"}', '[0].dst: missing'],
  ])('refuses %s', (text, message) => {
    expect(() => routes(text)).toThrow(message);
  });
});

describe('ip -json rule', () => {
  const rules = (text: string) =>
    parseRules(`[${text}]`, { file: 'rule.json', family: 4, tables: new Map([['wg', 51_820]]) });

  it('becomes rules in their order', () => {
    expect(
      rules(
        '{"priority":0,"src":"all","table":"local"},' +
          '{"priority":99,"not":null,"src":"10.0.0.0","srclen":8,"dst":"10.1.2.3","fwmark":"0x10","fwmask":"0xf0","iif":"e1","oif":"e2","table":"wg"},' +
          '{"priority":100,"src":"all","fwmark":"0x1","action":"unreachable"}',
      ),
    ).toEqual([
      { family: 4, priority: 0, action: { kind: 'lookup', table: 255 } },
      {
        family: 4,
        priority: 99,
        not: true,
        from: parsePrefix('10.0.0.0/8'),
        to: parsePrefix('10.1.2.3/32'),
        fwmark: { value: 16, mask: 0xf0 },
        iif: 'e1',
        oif: 'e2',
        action: { kind: 'lookup', table: 51_820 },
      },
      {
        family: 4,
        priority: 100,
        fwmark: { value: 1, mask: 0xffff_ffff },
        action: { kind: 'unreachable' },
      },
    ]);
  });

  it.each([
    [
      '{"priority":1,"src":"all","table":"main","uid_start":0,"uid_end":9}',
      'rules with uid_start are not supported',
    ],
    [
      '{"priority":1,"src":"all","table":"main","l3mdev":null}',
      'rules with l3mdev are not supported',
    ],
    ['{"priority":1,"src":"all","action":"goto"}', 'rules with "goto" are not supported'],
    ['{"priority":1,"src":"10.0.0.0","srclen":40,"table":"main"}', '40 is too long'],
  ])('refuses %s', (text, message) => {
    expect(() => rules(text)).toThrow(message);
  });
});

describe('ip -json neigh', () => {
  const neighbours = (text: string) => parseNeighbours(`[${text}]`, 'ip-neigh.json');

  it('tells what the kernel would use', () => {
    const dump = neighbours(
      '{"dst":"10.0.0.1","dev":"e","lladdr":"02:00:00:00:00:01","state":["PERMANENT"]},' +
        '{"dst":"fe80::1","dev":"e","lladdr":"02:00:00:00:00:02","router":null,"state":["STALE"]},' +
        '{"dst":"10.0.0.3","dev":"e","lladdr":"02:00:00:00:00:03","state":["DELAY"]},' +
        '{"dst":"10.0.0.4","dev":"e","state":["FAILED"]},{"dst":"10.0.0.5","dev":"e","state":["INCOMPLETE"]},' +
        '{"dst":"10.0.0.6","dev":"tunl0","lladdr":"10.0.0.7","state":["PERMANENT"]},' +
        '{"dst":"10.0.0.8","dev":"e","proxy":null}',
    );
    expect(dump.commands.map(({ address, state }) => [formatIp(address), state])).toEqual([
      ['10.0.0.1', 'permanent'],
      ['fe80::1', 'reachable'],
      ['10.0.0.3', 'reachable'],
    ]);
    expect(dump.proxies).toEqual([
      { kind: 'neighbour-proxy-add', dev: 'e', address: parseIp('10.0.0.8') },
    ]);
    expect(parseNeighbours('[{"dst":"10.0.0.9","proxy":null}]', 'f').everywhere).toEqual([
      '10.0.0.9',
    ]);
  });

  it('refuses states that there are not', () => {
    expect(() => neighbours('{"dst":"10.0.0.1","dev":"e","state":["DREAMING"]}')).toThrow(
      'ip-neigh.json: [0].state: the state "DREAMING" is not supported; expected PERMANENT, NOARP,',
    );
  });
});

describe('bridge -json fdb', () => {
  it('tells by what VXLAN devices and bridges forward, and nothing of what devices listen to', () => {
    const text =
      '[{"mac":"33:33:00:00:00:01","ifname":"eth0","flags":["self"],"state":"permanent"},' +
      '{"mac":"0a:58:88:78:51:5d","ifname":"flannel.1","dst":"192.168.56.12","flags":["self"],"state":"permanent"},' +
      '{"mac":"0a:58:88:78:51:5e","ifname":"flannel.1","dst":"fd00::12","flags":["self"],"state":""},' +
      '{"mac":"5a:92:e8:a9:06:b8","ifname":"cni0","flags":[],"master":"cni0","state":"permanent"},' +
      '{"mac":"5a:92:e8:a9:06:b8","ifname":"cni0","flags":[],"vlan":1,"master":"cni0","state":"permanent"},' +
      '{"mac":"f2:60:99:35:30:80","ifname":"veth1","flags":[],"master":"cni0","state":""},' +
      '{"mac":"ca:ac:d3:d6:db:d0","ifname":"veth1","flags":[],"master":"cni0","state":"permanent"}]';
    expect(parseFdb(text, 'fdb.json')).toEqual([
      {
        kind: 'fdb-append',
        dev: 'flannel.1',
        mac: 0x0a58_8878_515d,
        dst: parseIp('192.168.56.12'),
        life: 'permanent',
      },
      {
        kind: 'fdb-append',
        dev: 'flannel.1',
        mac: 0x0a58_8878_515e,
        dst: parseIp('fd00::12'),
        life: 'dynamic',
      },
      { kind: 'fdb-replace', dev: 'veth1', mac: 0xf260_9935_3080, life: 'dynamic' },
      { kind: 'fdb-replace', dev: 'veth1', mac: 0xcaac_d3d6_dbd0, life: 'permanent' },
    ]);
  });

  it('refuses entries of VXLAN that say more than a place', () => {
    const text =
      '[{"mac":"0a:58:88:78:51:5d","ifname":"x","dst":"10.0.0.1","vni":5,"flags":["self"]}]';
    expect(() => parseFdb(text, 'fdb.json')).toThrow('FDB entries with vni are not supported');
  });
});
