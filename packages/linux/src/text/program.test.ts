import { describe, expect, it } from 'vitest';
import { commands } from '../test-commands.ts';
import { append } from '../test-world.ts';
import { formatProgram, programSections } from './program.ts';

/** One line of each kind that `formatProgram` writes. */
const LINES: readonly (readonly [string, string])[] = [
  ['ip', 'link add br0 type bridge'],
  ['ip', 'link add br0 address 02:00:00:00:00:01 mtu 1450 type bridge ageing_time 3000'],
  [
    'ip',
    'link add v0 mtu 1450 type veth peer name eth0 address 02:00:00:00:00:02 mtu 1450 netns pod',
  ],
  ['ip', 'link add vx type vxlan id 1 local 192.0.2.1 dev eth0 dstport 8472 nolearning'],
  ['ip', 'link add vx type vxlan id 1 local 2001:db8::1 dstport 4789 learning'],
  ['ip', 'link add tunl0 type ipip'],
  ['ip', 'link add t1 mtu 1440 type ipip local 192.0.2.1 remote 192.0.2.2 dev eth0 ttl 64'],
  ['ip', 'link add t2 type ipip local 192.0.2.1 nopmtudisc'],
  ['ip', 'link add d0 type dummy'],
  ['ip', 'link set dev v0 address 02:00:00:00:00:01 mtu 1400 master br0'],
  ['ip', 'link set dev v0 nomaster'],
  ['ip', 'link set dev v0 up'],
  ['ip', 'link set dev v0 down'],
  ['ip', 'link delete dev v0'],
  ['ip', 'address add 10.0.0.1/24 dev eth0'],
  ['ip', 'address add 10.0.0.1/32 dev eth0 scope link'],
  ['ip', 'address add 2001:db8::1/64 dev eth0 nodad'],
  ['ip', 'address delete 10.0.0.1/24 dev eth0'],
  [
    'ip',
    'route add 10.0.0.0/24 via 10.1.0.1 dev eth0 onlink src 10.1.0.2 proto 80 metric 5 mtu 1400',
  ],
  ['ip', 'route append 10.0.0.1 dev eth0 scope link table 100'],
  ['ip', 'route replace 0.0.0.0/0 via 10.1.0.1'],
  ['ip', 'route replace ::/0 via fe80::1 dev eth0'],
  ['ip', 'route add 10.0.0.0/24 via inet6 fe80::1 dev eth0'],
  ['ip', 'route add blackhole 10.0.0.0/8 proto 80'],
  ['ip', 'route add local 10.0.0.1 dev lo table local'],
  [
    'ip',
    'route add 10.0.0.0/8 metric 5 nexthop via 10.1.0.1 dev eth0 weight 3 onlink nexthop via inet6 fe80::1 dev eth1',
  ],
  ['ip', 'route delete unreachable 2001:db8::/32 metric 1024'],
  [
    'ip',
    'rule add not from 10.0.0.0/8 to 10.1.0.0/16 fwmark 0x10/0xf0 iif eth0 oif eth1 priority 100 lookup main',
  ],
  ['ip', 'rule delete from all priority 100 prohibit'],
  [
    'ip',
    'rule add from all tos 0x10 fwmark 0x1/0xff ipproto tcp sport 53 dport 80-90 priority 100 lookup main suppress_prefixlength 0',
  ],
  ['ip', 'rule add from all priority 100 goto 32766'],
  ['ip', 'rule add from all priority 100 nop'],
  ['ip', 'route add 10.0.0.0/24 tos CS1 via 10.1.0.1'],
  ['ip -6', 'rule add from 2001:db8::/32 priority 100 lookup 77'],
  ['ip', 'neighbour replace 10.0.0.2 lladdr 02:00:00:00:00:02 dev eth0 nud permanent'],
  ['ip', 'neighbour delete 2001:db8::2 dev eth0'],
  ['bridge', 'fdb append 00:00:00:00:00:00 dev vx dst 192.0.2.2 self permanent'],
  ['bridge', 'fdb replace 02:00:00:00:00:02 dev v0 master dynamic'],
  ['bridge', 'fdb delete 02:00:00:00:00:02 dev vx dst 2001:db8::2 self'],
  ['bridge', 'link set dev v0 hairpin on isolated off learning on flood off'],
  ['sysctl', 'net.ipv4.conf.flannel/1.rp_filter = 2'],
];

describe('text for the real tools', () => {
  it.each(LINES)('%s: %s', (tool, line) => {
    const read = commands(tool === 'ip -6' ? `-6 ${line}` : line);
    expect(programSections({ namespace: 'n', commands: read })).toEqual([
      { tool, text: `${line}\n` },
    ]);
  });

  it('says the table of a local route where iproute2 would choose another', () => {
    const local = {
      kind: 'route-add',
      route: { type: 'local', dst: { address: 1, length: 32 } },
    } as const;
    expect(programSections({ namespace: 'n', commands: [local] })[0]?.text).toBe(
      'route add local 0.0.0.1 table main\n',
    );
  });

  it('keeps the order of commands, a section for each run of one tool', () => {
    const program = commands(
      `link add br0 type bridge
       link set dev br0 up
       net.ipv4.ip_forward = 1
       net.ipv4.conf.all.rp_filter = 1
       link add vx type vxlan id 1 dstport 4789 nolearning
       fdb append 00:00:00:00:00:00 dev vx dst 192.0.2.2 self permanent
       -6 rule add from all priority 100 lookup 77
       rule add from all priority 100 lookup 77`,
    );
    expect(programSections({ namespace: 'n', commands: program }).map(({ tool }) => tool)).toEqual([
      ...['ip', 'sysctl', 'ip', 'bridge', 'ip -6', 'ip'],
    ]);
  });

  it('sets up a bridge port in three steps: enslaved, told how to behave, up', () => {
    const [set] = commands('link set dev v0 mtu 1450 master br0 hairpin on up');
    if (set === undefined) throw new Error('no command');
    expect(programSections({ namespace: 'n', commands: [set] })).toEqual([
      { tool: 'ip', text: 'link set dev v0 mtu 1450 master br0\n' },
      { tool: 'bridge', text: 'link set dev v0 hairpin on\n' },
      { tool: 'ip', text: 'link set dev v0 up\n' },
    ]);
  });

  it('parts iptables by family, and groups each by table', () => {
    const accept = { kind: 'accept' } as const;
    const program = [
      append('nat', 'POSTROUTING', [], { kind: 'masquerade' }),
      append('filter', 'FORWARD', [], accept),
      append('filter', 'INPUT', [], accept),
      append('filter', 'FORWARD', [], accept, 6),
      {
        kind: 'ipset',
        set: 'pods',
        op: 'create',
        type: 'hash:ip',
        family: 4,
      },
    ] as const;
    expect(programSections({ namespace: 'n', commands: program })).toEqual([
      {
        tool: 'iptables-restore',
        text: '*nat\n-A POSTROUTING -j MASQUERADE\nCOMMIT\n*filter\n-A FORWARD -j ACCEPT\n-A INPUT -j ACCEPT\nCOMMIT\n',
      },
      { tool: 'ip6tables-restore', text: '*filter\n-A FORWARD -j ACCEPT\nCOMMIT\n' },
      {
        tool: 'ipset',
        text: 'create pods hash:ip family inet hashsize 1024 maxelem 65536\n',
      },
    ]);
  });

  it('is one text for people, under the commands that read it', () => {
    const program = commands('link add br0 type bridge \n net.ipv4.ip_forward = 1');
    expect(formatProgram({ namespace: 'node/a', commands: program })).toBe(
      `# node/a: ip -batch -
link add br0 type bridge

# node/a: sysctl -p -
net.ipv4.ip_forward = 1
`,
    );
    expect(formatProgram({ namespace: 'n', commands: [] })).toBe('');
  });
});
