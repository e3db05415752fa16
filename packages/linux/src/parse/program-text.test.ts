import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatProgram } from '../text/program.ts';
import { parseProgram } from './program-text.ts';

const PROGRAM = `# node/a: ip -batch -
link add cni0 address 02:00:00:00:00:01 mtu 1450 type bridge ageing_time 30000
link add v1 mtu 1450 type veth peer name eth0 address 02:00:00:00:00:02 mtu 1450 netns pod/a/web
link add v2 type veth peer name v3
link add flannel.1 type vxlan id 1 local 192.168.56.11 dev eth0 dstport 8472 nolearning
link add dummy0 type dummy
tuntap add dev tun0 mode tun
link set dev v1 master cni0

# node/a: bridge -batch -
link set dev v1 hairpin on isolated off learning on flood on bcast_flood off mcast_flood on state learning

# node/a: ip -batch -
link set dev v1 up
link set dev cni0 nomaster
link set dev cni0 down
link delete dev v2
address add 10.244.0.1/24 dev cni0 scope link
address add fd00::1/64 dev cni0 nodad
address delete 10.244.0.1/24 dev cni0
route add 0.0.0.0/0 via 192.168.56.1 dev eth0
route replace ::/0 via fe80::1 dev eth0 metric 1024
route append 10.1.0.0/16 via inet6 fe80::1 dev eth0 onlink src 10.244.0.1 scope global proto bird metric 5 mtu 1400 table 100
route add blackhole 10.244.0.0/26 proto 80
route add local 10.9.9.9 dev lo scope host table local
route delete 10.2.0.0/16
rule add from all fwmark 0x10/0xf0 priority 100 lookup 100
neighbour replace 10.244.1.0 lladdr 02:00:00:00:00:03 dev flannel.1 nud permanent
neighbour delete fd00::9 dev cni0
neighbour add proxy 10.9.9.9 dev cni0
neighbour delete proxy fd00::7 dev cni0

# node/a: ip -6 -batch -
rule add not from fd00::/8 to fd01::/16 iif cni0 oif eth0 priority 200 unreachable
rule delete from all priority 32766 lookup main

# node/a: bridge -batch -
fdb append 02:00:00:00:00:03 dev flannel.1 dst 192.168.56.12 self permanent
fdb replace 02:00:00:00:00:04 dev v1 master dynamic
fdb delete 02:00:00:00:00:04 dev v1 master

# node/a: sysctl -p -
net.ipv4.ip_forward = 1
net.ipv4.conf.eth0/100.rp_filter = 2

# node/a: ipset restore
create s hash:net family inet hashsize 1024 maxelem 65536
add s 10.0.0.0/8

# node/a: iptables-restore --noflush
*filter
:MINE - [0:0]
-A MINE -m set --match-set s src -j DROP
-I FORWARD 1 -j MINE
COMMIT

# node/a: ip6tables-restore --noflush
*nat
-A POSTROUTING -j MASQUERADE
COMMIT
`;

describe('a program as text', () => {
  it('is read back, and written again as it was', () => {
    const programs = parseProgram(PROGRAM, 'program');
    expect(programs).toHaveLength(1);
    expect(programs[0]?.commands.length).toBeGreaterThan(35);
    expect(programs.map(formatProgram).join('\n')).toBe(PROGRAM);
  });

  it('may be programs of several namespaces', () => {
    const text =
      '# pod/a: ip -batch -\nlink set dev lo up\n\n# pod/b: ip -batch -\nlink set dev lo up\n';
    expect(parseProgram(text, 'program').map(({ namespace }) => namespace)).toEqual([
      'pod/a',
      'pod/b',
    ]);
  });

  it('knows sets that an earlier section made', () => {
    const text =
      '# n: ipset restore\ncreate s hash:ip family inet hashsize 1024 maxelem 65536\n\n' +
      '# n: sysctl -p -\nnet.ipv4.ip_forward = 1\n\n# n: ipset restore\nadd s 10.0.0.1\n';
    expect(parseProgram(text, 'program').map(formatProgram).join('\n')).toBe(text);
    expect(() =>
      parseProgram(
        text.replaceAll('# n: ipset restore\nadd', '# m: ipset restore\nadd'),
        'program',
      ),
    ).toThrow('set "s" was not made before');
  });

  it('leaves nothing out', () => {
    expect(() => parseProgram('# n: ipset restore\ncreate s hash:mac\n', 'program')).toThrow(
      'program:2: set s of type hash:mac: not supported; expected what podpath emulates',
    );
    expect(() => parseProgram('# n: sysctl -p -\nkernel.x = y\n', 'program')).toThrow(
      'program:2: settings that are no numbers of networking: not supported',
    );
  });

  it.each([
    [
      'link set dev lo up\n',
      'program:1: "link set dev lo up" is in no section; expected a line # NAMESPACE: COMMAND',
    ],
    [
      '# n: ip -batch -\n\nlink paint dev lo\n',
      'program:3:6: "paint" is no command that is supported',
    ],
    [
      '# n: ip -batch -\nroute add 10.0.0.0/8 encap mpls 5\n',
      'program:2:22: "encap" is no attribute of a route that is supported',
    ],
    [
      '# n: bridge -batch -\nfdb append 02:00:00:00:00:03 dev v self\n',
      'program:2:36: "self" is no owner that is supported; expected master',
    ],
    ['# n: sysctl -p -\nx\n', 'program:2:1: no setting'],
    ['# n: ipset restore\n\n\nadd s 10.0.0.1\n', 'program:4:5: set "s" was not made before'],
    [
      '# n: iptables-restore --noflush\n*filter\n-A X -s 1\nCOMMIT\n',
      'program:3:9: "1" has 1 octet',
    ],
  ])('names the line of the whole text that is wrong: %j', (text, message) => {
    expect(() => parseProgram(text, 'program')).toThrow(message);
  });

  it('says the same with its lines in any order', () => {
    const lines = PROGRAM.split('\n').filter(
      (line) => /^(link|address|route|neighbour) /.test(line) && !/hairpin/.test(line),
    );
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...lines), { minLength: 1 }), (chosen) => {
        const text = `# n: ip -batch -\n${chosen.join('\n')}\n`;
        expect(parseProgram(text, 'program').map(formatProgram).join('\n')).toBe(text);
      }),
    );
  });
});
