import { parseIp, parsePrefix } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { formatIpsetCommands } from '../netfilter/text.ts';
import { parseIpset } from './ipset-save.ts';
import { outlineNft } from './nft-outline.ts';
import { parseSockets } from './socket-list.ts';
import { parseSysctl } from './sysctl-text.ts';

describe('ipset save', () => {
  const ipset = (text: string) => parseIpset(text, 'ipset');

  it('becomes commands, as ipset 7.17 wrote the sets', () => {
    const { commands, opaque } = ipset(
      [
        'create cali40this-host hash:ip family inet hashsize 1024 maxelem 1048576 bucketsize 12 initval 0x00adb604',
        'add cali40this-host 10.244.41.192',
        'create n6 hash:net family inet6 hashsize 1024 maxelem 65536 comment bucketsize 12 initval 0x1b5bf1a7',
        'add n6 fd00::/16 comment "excepted from CIDR"',
        'add n6 fd00:1::/32 nomatch',
        'create p hash:ip,port family inet hashsize 64 maxelem 65536 timeout 600',
        'add p 10.0.0.1,udp:53 timeout 12',
        'create KUBE-NODE-PORT-TCP bitmap:port range 0-65535',
        'add KUBE-NODE-PORT-TCP 30080',
        'create l list:set size 8',
        'add l cali40this-host',
      ].join('\n'),
    );
    expect(opaque.size).toBe(0);
    expect(commands.map(({ line }) => line)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(commands.map(({ value }) => value)).toMatchObject([
      { op: 'create', set: 'cali40this-host', type: 'hash:ip', family: 4, maxElements: 1_048_576 },
      { op: 'add', entry: { kind: 'ip', address: parseIp('10.244.41.192') } },
      { op: 'create', set: 'n6', type: 'hash:net', family: 6, comment: true },
      {
        op: 'add',
        entry: { kind: 'net', prefix: parsePrefix('fd00::/16') },
        comment: 'excepted from CIDR',
      },
      { op: 'add', entry: { kind: 'net', nomatch: true } },
      { op: 'create', set: 'p', timeoutSeconds: 600 },
      { op: 'add', entry: { kind: 'ip,port', protocol: 'udp', port: 53 }, timeoutSeconds: 12 },
      { op: 'create', type: 'bitmap:port', range: { first: 0, last: 65_535 } },
      { op: 'add', entry: { kind: 'port', port: 30_080 } },
      { op: 'create', type: 'list:set', maxElements: 8 },
      { op: 'add', entry: { kind: 'set', name: 'cali40this-host' } },
    ]);
  });

  it('is read again from what programs write', () => {
    const text = [
      'create s hash:ip family inet hashsize 1024 maxelem 65536 comment',
      'add s 10.0.0.1 comment "it\'s"',
      'del s 10.0.0.1',
      'create t hash:ip,port family inet6 hashsize 1024 maxelem 10',
      'add t fd00::1,sctp:80',
      'swap s t',
      'flush s',
      'destroy t',
      '',
    ].join('\n');
    expect(formatIpsetCommands(ipset(text).commands.map(({ value }) => value))).toBe(text);
  });

  it('leaves out sets that are not emulated, and lists with them, and says why', () => {
    const { commands, opaque } = ipset(
      'create m hash:mac hashsize 1024 maxelem 65536\nadd m 02:00:00:00:00:01\n' +
        'create i hash:ip,port family inet\nadd i 10.0.0.1,icmp:echo-request\n' +
        'create k hash:ip family inet netmask 24\n' +
        'create l list:set size 8\nadd l m\ncreate s hash:ip family inet\nadd s 10.0.0.1\n',
    );
    expect(commands.map(({ value }) => value.set)).toEqual(['s', 's']);
    expect([...opaque]).toEqual([
      ['m', 'set m of type hash:mac'],
      ['i', 'set i with members of ICMP'],
      ['k', 'set k with the option netmask'],
      ['l', 'set l with set m of type hash:mac'],
    ]);
  });

  it.each([
    ['make s hash:ip', 'ipset:1:1: "make" is no command that is supported; expected create, add,'],
    ['create s nonsense', 'ipset:1:10: "nonsense" is no type of a set'],
    ['add s 10.0.0.1', 'ipset:1:5: set "s" was not made before; expected a line create before'],
    ['create s hash:ip\nadd s 10.0.0', 'ipset:2:7: "10.0.0" has 3 octets instead of 4'],
    [
      'create s hash:ip\nadd s 10.0.0.1,tcp:5',
      'ipset:2:7: "10.0.0.1,tcp:5" is no member of a hash:ip; expected 1 parts',
    ],
    ['create s hash:ip,port\nadd s 10.0.0.1,tcp:99999', 'ipset:2:7: "99999" is no port'],
    [
      'create s hash:ip\nadd s 10.0.0.1 wildcard',
      'ipset:2:16: "wildcard" is no option of a member',
    ],
    ['create s hash:ip\nadd s 10.0.0.1 comment "x', 'ipset:2:24: a quote does not end'],
  ])('refuses %j', (text, message) => {
    expect(() => ipset(text)).toThrow(message);
  });
});

describe('sysctl -a', () => {
  it('becomes settings, of networking and of numbers', () => {
    const { commands, others } = parseSysctl(
      'kernel.hostname = vm\nnet.ipv4.ip_forward = 1\nnet.ipv4.conf.eth0/100.rp_filter = 2\n' +
        'net.ipv4.tcp_rmem = 4096\t131072\t6291456\nnet.ipv6.conf.all.router_solicitations = -1\n',
      'sysctl',
    );
    expect(commands).toEqual([
      { line: 2, value: { kind: 'sysctl', key: 'net.ipv4.ip_forward', value: 1 } },
      { line: 3, value: { kind: 'sysctl', key: 'net.ipv4.conf.eth0/100.rp_filter', value: 2 } },
      {
        line: 5,
        value: { kind: 'sysctl', key: 'net.ipv6.conf.all.router_solicitations', value: -1 },
      },
    ]);
    expect(others).toBe(2);
  });

  it('refuses lines that set nothing', () => {
    expect(() =>
      parseSysctl('net.ipv4.ip_forward = 1\nsysctl: permission denied', 'sysctl'),
    ).toThrow('sysctl:2:1: no setting; expected KEY = VALUE');
  });
});

describe('/proc/net', () => {
  it('tells who listens, and who only for the namespace itself', () => {
    const head =
      '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
    const text = [
      '== tcp',
      head,
      '   0: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1',
      '   1: 0100007F:2710 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2 1',
      '   2: 0200000A:0050 0300000A:9C40 01 00000000:00000000 00:00000000 00000000     0        0 3 1',
      '== udp6',
      head,
      '  44: 00000000000000000000000000000000:0035 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4 2',
      '  45: 00000000000000000000000001000000:0036 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 5 2',
    ].join('\n');
    expect(parseSockets(text, 'sockets')).toEqual([
      { protocol: 'tcp', port: 80, loopbackOnly: false },
      { protocol: 'tcp', port: 10_000, loopbackOnly: true },
      { protocol: 'udp', port: 53, loopbackOnly: false },
      { protocol: 'udp', port: 54, loopbackOnly: true },
    ]);
  });

  it('refuses lines that are no sockets', () => {
    expect(() => parseSockets('== tcp\nnonsense', 'sockets')).toThrow(
      'sockets:2: "nonsense" is no socket',
    );
    expect(() => parseSockets('   0: 00000000:0050 00000000:0000 0A x', 'sockets')).toThrow(
      'is no socket',
    );
  });
});

describe('nft list ruleset', () => {
  it('is outlined: its tables, and the hooks at which they matter', () => {
    const outline = outlineNft(
      [
        'table inet firewall {',
        '\tset open { type inet_service; elements = { 22 } }',
        '\tchain input {',
        '\t\ttype filter hook input priority filter; policy drop;',
        '\t}',
        '\tchain forward {',
        '\t\ttype filter hook forward priority filter; policy accept;',
        '\t\tct state invalid drop',
        '\t}',
        '\tchain output {',
        '\t\ttype filter hook output priority filter; policy accept;',
        '\t}',
        '\tchain helper {',
        '\t\taccept',
        '\t}',
        '}',
        'table ip nat {',
        '}',
      ].join('\n'),
    );
    expect(outline.map(({ family, name, line, hooks }) => [family, name, line, hooks])).toEqual([
      ['inet', 'firewall', 1, ['input', 'forward']],
      ['ip', 'nat', 17, []],
    ]);
    expect(outline[1]?.text).toBe(`${'\n'.repeat(16)}table ip nat {\n}\n`);
  });
});
