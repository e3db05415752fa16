import { describe, expect, it } from 'vitest';
import { compareStates } from './compare-states.ts';
import { conntrackLines } from './conntrack-lines.ts';
import { ipsetLines, type NamespaceState, nftLines } from './namespace-state.ts';

const EMPTY: NamespaceState = {
  ...{ links: [], addresses: [], routes: [], neighbours: [], fdb: [] },
  ...{ iptables: [], ip6tables: [], ipsets: [], nft: [], conntrack: [] },
};
const compare = (
  kernel: Partial<NamespaceState>,
  emulated: Partial<NamespaceState>,
  ports = false,
) => compareStates('n', { ...EMPTY, ...kernel }, { ...EMPTY, ...emulated }, ports);

describe('comparing states', () => {
  it('names the part and what each side alone has', () => {
    expect(compare({ neighbours: ['a', 'b'] }, { neighbours: ['b', 'c'] })).toEqual([
      { what: 'neighbours of n', kernel: 'a', emulated: 'c' },
    ]);
  });

  it('shows all lines where only their order differs', () => {
    expect(compare({ routes: ['254: a', '254: b'] }, { routes: ['254: b', '254: a'] })).toEqual([
      { what: 'routes of n', kernel: '254: a | 254: b', emulated: '254: b | 254: a' },
    ]);
  });

  it('lets routes that every link brings with it come in any order, others not', () => {
    const [x, y] = ['255: multicast ff00::/8 dev x', '255: multicast ff00::/8 dev y'];
    expect(compare({ routes: [x, '254: a', y] }, { routes: [y, '254: a', x] })).toEqual([]);
    expect(compare({ routes: [x, '254: a', y] }, { routes: ['254: a', y, x] })).toHaveLength(1);
  });

  it('leaves policies uncounted that nf_tables does not count', () => {
    expect(
      compare({ iptables: [':INPUT ACCEPT [0:0]'] }, { iptables: [':INPUT ACCEPT [3:99]'] }),
    ).toEqual([]);
    expect(
      compare({ iptables: [':INPUT DROP [1:33]'] }, { iptables: [':INPUT DROP [3:99]'] }),
    ).toHaveLength(1);
  });

  it('looks past ports only where they are drawn', () => {
    const kernel = { conntrack: ['udp src=a dst=b sport=1 dport=2 src=b dst=a sport=2 dport=7'] };
    const emulated = { conntrack: ['udp src=a dst=b sport=1 dport=2 src=b dst=a sport=2 dport=9'] };
    expect(compare(kernel, emulated)).toHaveLength(1);
    expect(compare(kernel, emulated, true)).toEqual([]);
    expect(compare(kernel, { conntrack: [] }, true)).toHaveLength(1);
  });

  it("lets a bridge have learned of IPv6 hosts' chatter", () => {
    const chatty = { addresses: ['e1 fe80::1/64'], fdb: ['v1 02:00:00:00:00:01 dynamic'] };
    expect(compare(chatty, { addresses: chatty.addresses })).toEqual([]);
    expect(compare({ fdb: chatty.fdb }, {})).toHaveLength(1);
  });
});

describe('lines of a state', () => {
  it('of nft are those of tables that are not of iptables, without what is left of times', () => {
    const text =
      '# Warning: table ip nat is managed by iptables-nft\ntable ip nat {\n\tchain X {\n\t}\n}\n' +
      'table inet t {\n\tset s {\n\t\telements = { 10.0.0.1 expires 59m59s996ms }\n\t}\n}\n';
    expect(nftLines(text)).toEqual([
      ...['table inet t {', 'set s {', 'elements = { 10.0.0.1 }', '}', '}'],
    ]);
  });

  it('of ipsets are sorted but for lists, and without how a hash lies', () => {
    const text =
      'create s hash:ip family inet hashsize 1024 maxelem 65536 bucketsize 12 initval 0x1234\nadd s 10.0.0.2\nadd s 10.0.0.1\n' +
      'create l list:set size 8\nadd l s\nadd l a\n';
    expect(ipsetLines(text)).toEqual([
      'create s hash:ip family inet maxelem 65536 bucketsize 12',
      ...['add s 10.0.0.1', 'add s 10.0.0.2', 'create l list:set size 8', 'add l s', 'add l a'],
    ]);
  });

  it('of connections are the same from either source', () => {
    const proc =
      'ipv6     10 icmpv6   58 29 src=fd00:0000:0000:0000:0000:0000:0000:0001 dst=fd00:0000:0000:0000:0000:0000:0000:0002 type=128 code=0 id=5 [UNREPLIED] src=fd00:0000:0000:0000:0000:0000:0000:0002 dst=fd00:0000:0000:0000:0000:0000:0000:0001 type=129 code=0 id=5 mark=0 zone=0 use=2\n';
    const list =
      'icmpv6   58 12 src=fd00::1 dst=fd00::2 type=128 code=0 id=5 [UNREPLIED] src=fd00::2 dst=fd00::1 type=129 code=0 id=5 mark=0 use=1\n';
    expect(conntrackLines(proc)).toEqual(conntrackLines(list));
    expect(conntrackLines(proc)).toHaveLength(1);
  });
});
