import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseBridgeBatch } from './bridge-batch.ts';
import { parseFdb } from './bridge-fdb.ts';
import { parseBridgeLinks } from './bridge-link.ts';
import { parseAddresses } from './ip-address.ts';
import { parseIpBatch } from './ip-batch.ts';
import { parseLinks } from './ip-link.ts';
import { parseNeighbours } from './ip-neighbour.ts';
import { parseRoutes } from './ip-route.ts';
import { parseRules } from './ip-rule.ts';
import { parseIpset } from './ipset-save.ts';
import { parseIptables } from './iptables/parse-iptables.ts';
import { outlineNft } from './nft-outline.ts';
import { ParseError } from './parse-error.ts';
import { parseProgram } from './program-text.ts';
import { parseTableNames } from './routing-tables.ts';
import { parseSockets } from './socket-list.ts';
import { parseSysctl } from './sysctl-text.ts';
import { parseWireguardDump } from './wireguard-dump.ts';
import { parseWireguardSection } from './wireguard-section.ts';

const tables = new Map<string, number>();
const KEY = `${'A'.repeat(42)}E=`;

/** Each parser, with text as the real tool writes it. */
const PARSERS: readonly (readonly [string, (text: string) => unknown, string])[] = [
  [
    'iptables-save',
    (text) => parseIptables(text, { file: 'f', family: 4, form: 'save' }),
    '*filter\n:INPUT ACCEPT [5:420]\n:X - [0:0]\n[3:180] -A INPUT -s 10.0.0.0/8 -p tcp -m tcp --dport 80 -m comment --comment "a b" -m conntrack --ctstate NEW -m bpf --bytecode "1,6 0 0 1" -j X\n-A X -p tcp -j DNAT --to-destination 10.0.0.1:80\n-A X -j MARK --set-xmark 0x4000/0x4000\nCOMMIT\n',
  ],
  [
    'iptables-restore',
    (text) => parseIptables(text, { file: 'f', family: 6, form: 'program' }),
    '*nat\n-N X\n-I X 1 -d fd00::1/128 -m statistic --mode random --probability 0.5 -j SNAT --to-source [fd00::1]:5-6\n-D X -j Y\n-F X\n-P OUTPUT DROP\nCOMMIT\n',
  ],
  [
    'ipset',
    (text) => parseIpset(text, 'f'),
    'create s hash:ip,port family inet hashsize 1024 maxelem 65536 comment bucketsize 12 initval 0x00adb604\nadd s 10.0.0.1,tcp:80 comment "x y"\ncreate l list:set size 8\nadd l s\ncreate n hash:net family inet6\nadd n fd00::/8 nomatch\n',
  ],
  [
    'ip link',
    (text) => parseLinks(text, 'f'),
    '[{"ifindex":5,"link_index":2,"ifname":"v","flags":["UP"],"mtu":1450,"master":"b","link_type":"ether","address":"ca:ac:d3:d6:db:d0","link_netnsid":1,"linkinfo":{"info_kind":"veth","info_slave_kind":"bridge","info_slave_data":{"hairpin":true}}},{"ifindex":6,"ifname":"t","flags":[],"mtu":1452,"link_type":"tunnel6","linkinfo":{"info_kind":"ip6tnl","info_data":{"proto":"ip6ip6","remote":"fd00::2","local":"fd00::1","ttl":64,"encap_limit":4,"tclass":"0x00","flowlabel":"0x00000","fwmark":"0x1"}}},{"ifindex":3,"ifname":"x","flags":[],"mtu":1,"linkinfo":{"info_kind":"vxlan","info_data":{"id":1,"local":"10.0.0.1","port":8472}}}]',
  ],
  [
    'ip address',
    (text) => parseAddresses(text, 'f'),
    '[{"ifname":"eth0","addr_info":[{"local":"10.0.0.1","prefixlen":24,"scope":"global"},{"local":"fe80::1","prefixlen":64,"scope":"link","tentative":true}]}]',
  ],
  [
    'ip route',
    (text) => parseRoutes(text, { file: 'f', family: 4, tables }),
    '[{"dst":"default","gateway":"10.0.0.1","dev":"e","flags":["onlink"],"metrics":[{"mtu":1450}]},{"type":"local","dst":"10.0.0.2","table":"local","scope":"host","nexthops":[{"gateway":"10.0.0.3","dev":"x","weight":1,"flags":[]}]}]',
  ],
  [
    'ip rule',
    (text) => parseRules(text, { file: 'f', family: 4, tables }),
    '[{"priority":99,"not":null,"src":"10.0.0.0","srclen":8,"fwmark":"0x10","fwmask":"0xf0","iif":"e1","table":"77"},{"priority":1,"src":"all","goto":5}]',
  ],
  [
    'ip neigh',
    (text) => parseNeighbours(text, 'f'),
    '[{"dst":"10.0.0.1","dev":"e","lladdr":"02:00:00:00:00:01","state":["PERMANENT"]}]',
  ],
  [
    'bridge fdb',
    (text) => parseFdb(text, 'f'),
    '[{"mac":"0a:58:88:78:51:5d","ifname":"x","dst":"10.0.0.1","flags":["self"],"state":"permanent"},{"mac":"f2:60:99:35:30:80","ifname":"v","flags":[],"master":"b","state":""}]',
  ],
  [
    'bridge link',
    (text) => parseBridgeLinks(text, 'f'),
    '[{"ifname":"v1","master":"cni0","hairpin":false,"isolated":true,"learning":false,"flood":true,"locked":false}]',
  ],
  [
    'sysctl',
    (text) => parseSysctl(text, 'f'),
    'net.ipv4.ip_forward = 1\nnet.ipv4.conf.eth0/1.rp_filter = -1\nkernel.x = y\n',
  ],
  [
    'sockets',
    (text) => parseSockets(text, 'f'),
    '== tcp\n  sl  local_address\n   0: 0100007F:2710 00000000:0000 0A 00000000:00000000 00:00000000\n',
  ],
  ['rt_tables', (text) => parseTableNames(text), '255\tlocal\n0x10 x\n'],
  [
    'nft',
    (text) => outlineNft(text),
    'table inet f {\n\tchain i {\n\t\ttype filter hook input priority 0; policy drop;\n\t\tdrop\n\t}\n}\n',
  ],
  [
    'ip -batch',
    (text) => parseIpBatch(text, { file: 'f', family: 4 }),
    'link add t type ip6tnl mode ip6ip6 local fd00::1 remote fd00::2 encaplimit none hoplimit 64 tclass inherit flowlabel 0x12345 fwmark inherit\nlink add s type sit remote 10.0.0.1 tos 0x10 pmtudisc fwmark 0x1\nlink add v type veth peer name w netns n\nroute add 10.0.0.0/8 via 10.1.0.1 dev e metric 5 table 7\nrule add not from all fwmark 0x1/0x2 priority 5 lookup main\nneighbour replace 10.0.0.1 lladdr 02:00:00:00:00:01 dev e nud permanent\naddress add 10.0.0.1/8 dev e scope host\nlink set dev v master b\n',
  ],
  [
    'bridge -batch',
    (text) => parseBridgeBatch(text, 'f'),
    'fdb append 02:00:00:00:00:03 dev x dst 10.0.0.1 self permanent\nlink set dev v hairpin on\n',
  ],
  [
    'wg',
    (text) => parseWireguardSection(text, 'f'),
    `wg setconf wg0 /dev/stdin <<END\n[Interface]\nListenPort = 51820\nFwMark = 0x1\nPrivateKey = ${KEY}\n\n[Peer]\nPublicKey = ${KEY}\nAllowedIPs = 10.0.0.0/8, fd00::/64\nEndpoint = [fd00::1]:5\nPersistentKeepalive = 25\nEND\nwg set wg0 peer ${KEY} remove\n`,
  ],
  [
    'wg show all dump',
    (text) => parseWireguardDump(text, 'f'),
    `wg0\t${KEY}\t${KEY}\t51820\toff\nwg0\t${KEY}\t(none)\t10.0.0.1:5\t10.0.0.0/8,fd00::/64\t0\t0\t0\t25\n`,
  ],
  [
    'program',
    (text) => parseProgram(text, 'f'),
    '# n: ip -batch -\nlink set dev lo up\n\n# n: ipset restore\ncreate s hash:ip family inet\n\n# n: sysctl -p -\nnet.ipv4.ip_forward = 1\n',
  ],
];

/** Real text with a piece taken out, put in, repeated or exchanged. */
const mutated = (text: string): fc.Arbitrary<string> =>
  fc
    .array(
      fc.record({
        at: fc.nat(text.length),
        length: fc.nat(12),
        with: fc.oneof(
          fc.string({ maxLength: 6 }),
          fc.constantFrom(
            '!',
            '"',
            '\\',
            ',',
            '/',
            ':',
            '-',
            '-1',
            '99999999999999999999',
            'null',
            '{}',
            '[]',
            '0x',
            '::',
            '\n',
            ' ',
          ),
        ),
      }),
      { minLength: 1, maxLength: 4 },
    )
    .map((edits) =>
      edits.reduce(
        (now, edit) => now.slice(0, edit.at) + edit.with + now.slice(edit.at + edit.length),
        text,
      ),
    );

const onlyParseErrors = (parse: (text: string) => unknown, text: string): void => {
  try {
    parse(text);
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    expect(error.message).toMatch(/^f/);
    expect(error.message).toContain('; expected ');
  }
};

describe.each(PARSERS)('the parser of %s', (_, parse, real) => {
  it('takes real text', () => {
    expect(() => parse(real)).not.toThrow();
  });

  it('throws nothing but ParseError for any text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.json()), (text) =>
        onlyParseErrors(parse, text),
      ),
    );
  });

  it('throws nothing but ParseError for real text that was tampered with', () => {
    fc.assert(
      fc.property(mutated(real), (text) => onlyParseErrors(parse, text)),
      { numRuns: 1000 },
    );
  });

  it('throws nothing but ParseError for real text cut short', () => {
    for (let length = 0; length < real.length; length++)
      onlyParseErrors(parse, real.slice(0, length));
  });
});

describe('parsing', () => {
  it('takes a text of a hundred thousand rules', { timeout: 60_000 }, () => {
    const rule = '-A X -s 10.0.0.1/32 -m comment --comment "cali:abc" -j ACCEPT\n';
    const text = `*filter\n:X - [0:0]\n${rule.repeat(100_000)}COMMIT\n`;
    expect(parseIptables(text, { file: 'f', family: 4, form: 'save' })).toHaveLength(100_001);
  });
});
