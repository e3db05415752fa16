import type { IpFamily } from '@podpath/net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { IptablesCommand } from '../../commands.ts';
import { formatIptablesCommands, formatRule } from '../../netfilter/text.ts';
import { ParseError } from '../parse-error.ts';
import { parseIptables } from './parse-iptables.ts';

const read = (text: string, family: IpFamily = 4, opaqueSets = new Map<string, string>()) =>
  parseIptables(text, { file: 'save', family, form: 'save', opaqueSets }).map(({ value }) => value);

const ruleOf = (text: string, family: IpFamily = 4) => {
  const [command] = read(`*filter\n:a - [0:0]\n-A a ${text}\nCOMMIT\n`, family).slice(1);
  if (command?.op !== 'append') throw new Error('no rule');
  return command.rule;
};

const kindsIn = (text: string, family: IpFamily = 4) => {
  const { matches, target } = ruleOf(text, family);
  return [...matches.map(({ kind }) => kind), ...(target === undefined ? [] : [target.kind])];
};

/** As kube-proxy, Calico, Weave, Docker and firewalls write them, each with the kinds that are read. */
const RULES: readonly (readonly [string, ...string[]])[] = [
  [
    '-s 10.0.0.0/8 ! -d 10.1.2.3/32 -i eth+ ! -o cni0 -p tcp -j ACCEPT',
    'source',
    'destination',
    'in-interface',
    'out-interface',
    'protocol',
    'accept',
  ],
  ['-p tcp -f -j DROP', 'protocol', 'fragment', 'drop'],
  [
    '-p tcp -m tcp ! --sport 1:1023 --dport 80 --tcp-flags FIN,SYN,RST,ACK SYN -j RETURN',
    'protocol',
    'port',
    'port',
    'tcp-flags',
    'return',
  ],
  ['-p udp -m udp', 'protocol', 'protocol-module'],
  ['-p sctp -m sctp --dport 9', 'protocol', 'port'],
  ['-p tcp -m multiport ! --dports 80,443,8000:8080', 'protocol', 'multiport'],
  ['-p icmp -m icmp ! --icmp-type 3/4', 'protocol', 'icmp'],
  ['-m mark ! --mark 0x4000/0x4000 -m connmark --mark 0x1', 'mark', 'connmark'],
  ['-m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT', 'conntrack'],
  [
    '-m conntrack --ctstate NEW --ctproto 6 --ctorigdst 10.96.0.0/12 --ctorigdstport 80:90 --ctstatus SEEN_REPLY --ctexpire 1:60 --ctdir ORIGINAL',
    'connection',
  ],
  ['-m state --state NEW', 'conntrack'],
  ['-m set ! --match-set cali40s:x_Y src,dst', 'set'],
  ['-m addrtype ! --src-type LOCAL --dst-type UNICAST --limit-iface-out', 'address-type'],
  ['-m addrtype --dst-type UNICAST,LOCAL,BROADCAST', 'address-type'],
  ['-m statistic --mode random --probability 0.33333333349', 'statistic'],
  ['-m statistic --mode nth --every 3 --packet 1', 'statistic'],
  [
    '-m recent --rcheck --seconds 10800 --reap --name KUBE-SEP-X --mask 255.255.255.255 --rsource',
    'recent',
  ],
  [
    '-m recent ! --update --seconds 60 --hitcount 4 --rttl --name S --mask 255.255.255.0 --rdest',
    'recent',
  ],
  ['-m limit --limit 3/min --limit-burst 10', 'limit'],
  [
    '-m hashlimit --hashlimit-upto 20/sec --hashlimit-burst 5 --hashlimit-mode srcip,dstport --hashlimit-name n',
    'hashlimit',
  ],
  ['-m connlimit --connlimit-above 20 --connlimit-mask 24 --connlimit-saddr', 'connlimit'],
  ['-m physdev --physdev-is-in ! --physdev-in v+ --physdev-is-bridged', 'physdev'],
  ['-m rpfilter --loose --validmark --invert', 'rpfilter'],
  [
    '-m length ! --length 100:200 -m ttl --ttl-eq 64 -m dscp --dscp 0x10 -m tos ! --tos 0x10/0x3f',
    'length',
    'ttl',
    'dscp',
    'tos',
  ],
  ['-m iprange ! --src-range 10.0.0.1-10.0.0.9 --dst-range 10.1.0.1-10.1.0.2', 'ip-range'],
  ['-m mac --mac-source 02:00:5e:10:00:01 -m pkttype ! --pkt-type broadcast', 'mac', 'packet-type'],
  ['-m policy --dir in --pol ipsec', 'policy'],
  ['-m owner ! --uid-owner 1337 --gid-owner 100-200 --socket-exists', 'owner'],
  ['-m u32 ! --u32 "0x0>>0x16&0x3c@0x4=0x1,0x5:0x9&&0x6&0xff=0x11"', 'u32'],
  ['-m nfacct --nfacct-name ct_state_invalid_dropped_pkts', 'nfacct'],
  ['-m set --match-set s src ! --update-counters --packets-gt 5 --bytes-lt 100', 'set'],
  ['-m set ! --match-set s src ! --update-counters ! --update-subcounters ! --packets-eq 5', 'set'],
  ['-m comment --comment plain -m comment --comment "a \\"b\\" c\\\\d"', 'comment', 'comment'],
  ['-j MARK --set-xmark 0x4000/0x4000', 'mark'],
  ['-j CONNMARK --save-mark --nfmask 0xf0 --ctmask 0xf0', 'connmark-save'],
  ['-j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xf', 'connmark-restore'],
  ['-j CONNMARK --set-xmark 0x1/0xff', 'connmark-set'],
  [
    '-p tcp -j DNAT --to-destination 10.0.0.1-10.0.0.9:80-90 --random --persistent',
    'protocol',
    'dnat',
  ],
  ['-p tcp -j DNAT --to-destination 10.0.0.1:5000-5010/6000', 'protocol', 'dnat'],
  ['-j DNAT --to-destination 10.0.0.1', 'dnat'],
  ['-p udp -j SNAT --to-source 10.0.0.1:1024-2048 --random-fully', 'protocol', 'snat'],
  ['-p tcp -j MASQUERADE --to-ports 4790-65535 --random-fully', 'protocol', 'masquerade'],
  ['-p tcp -j REDIRECT --to-ports 15001', 'protocol', 'redirect'],
  ['-j CT --zone 7', 'ct'],
  ['-j CT --notrack', 'ct'],
  ['-j NOTRACK', 'notrack'],
  [
    '-p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu',
    'protocol',
    'tcp-flags',
    'tcp-mss',
  ],
  ['-j DSCP --set-dscp 0x1a', 'dscp'],
  ['-j SET --add-set seen src --exist --timeout 60', 'set'],
  ['-j LOG --log-prefix "dropped: " --log-level 5', 'log'],
  ['-j NFLOG --nflog-prefix x --nflog-group 2 --nflog-size 80', 'nflog'],
  ['-j REJECT --reject-with icmp-port-unreachable', 'reject'],
  ['-g a', 'goto'],
  ['-j a', 'jump'],
];

const RULES_OF_IPV6: readonly (readonly [string, ...string[]])[] = [
  ['-s fd00::/8 -p ipv6-icmp -m icmp6 --icmpv6-type 135', 'source', 'protocol', 'icmp'],
  ['-m hl --hl-eq 255', 'ttl'],
  ['-p tcp -j DNAT --to-destination [fd00::1]:80', 'protocol', 'dnat'],
  ['-j SNAT --to-source fd00::1', 'snat'],
];

/** Matches and targets that podpath does not know, or not with these options. */
const OPAQUE: readonly (readonly [string, ...string[]])[] = [
  ['-m bpf --bytecode "4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0" -j ACCEPT', 'opaque', 'accept'],
  ['-m owner --uid-owner nobody -m comment --comment x -j DROP', 'opaque', 'comment', 'drop'],
  ['-m owner --suppl-groups --gid-owner 5', 'opaque'],
  ['-m cgroup --path user.slice -j DROP', 'opaque', 'drop'],
  ['-m set --match-set s src --return-nomatch', 'opaque'],
  ['-p tcp -j SYNPROXY --sack-perm --timestamp --wscale 7 --mss 1460', 'protocol', 'opaque'],
  ['-m ipvs --ipvs -j ACCEPT', 'opaque', 'accept'],
  ['-j AUDIT --type accept', 'opaque'],
  ['-m string --string "-j" --algo bm --to 65535', 'opaque'],
  ['-m conntrack --ctstate NEW,FOO', 'opaque'],
  ['-j TPROXY --on-port 15001 --on-ip 0.0.0.0 --tproxy-mark 0x1/0xffffffff', 'opaque'],
  ['-j CT --helper ftp', 'opaque'],
  ['-j CHECKSUM --checksum-fill', 'opaque'],
  ['-j NFQUEUE --queue-num 0', 'opaque'],
  ['-j TRACE', 'opaque'],
  ['-m limit --limit 3/fortnight', 'opaque'],
  ['-m hashlimit --hashlimit-above 512kb/s --hashlimit-name x', 'opaque'],
];

describe('a rule of iptables-save', () => {
  it.each([...RULES, ...OPAQUE].map(([text, ...kinds]) => [text, kinds] as const))(
    'is read, and written again as it was: %s',
    (text, kinds) => {
      expect(kindsIn(text)).toEqual(kinds);
      expect(formatRule(ruleOf(text), 4)).toBe(text);
    },
  );

  it.each(RULES_OF_IPV6.map(([text, ...kinds]) => [text, kinds] as const))(
    'of ip6tables likewise: %s',
    (text, kinds) => {
      expect(kindsIn(text, 6)).toEqual(kinds);
      expect(formatRule(ruleOf(text, 6), 6)).toBe(text);
    },
  );

  it('says the same in any combination', () => {
    const words = [...RULES, ...OPAQUE].map(([text]) => text);
    const matches = fc.constantFrom(
      ...words.filter((text) => /^-m (?!string)/.test(text) && !/ -[jg] /.test(text)),
    );
    const target = fc.constantFrom(...words.filter((text) => /^-[jg] /.test(text)));
    fc.assert(
      fc.property(fc.array(matches, { maxLength: 4 }), target, (parts, last) => {
        const text = [...parts, last].join(' ');
        expect(formatRule(ruleOf(text), 4)).toBe(text);
      }),
    );
  });

  it('may match against a set that is not emulated', () => {
    const sets = new Map([['x', 'set x of type hash:mac']]);
    const [, command] = read(
      '*raw\n:a - [0:0]\n-A a -m set ! --match-set x src\nCOMMIT\n',
      4,
      sets,
    );
    expect(command).toMatchObject({
      rule: {
        matches: [
          {
            kind: 'opaque',
            module: 'set',
            options: '! --match-set x src',
            why: 'set x of type hash:mac',
          },
        ],
      },
    });
  });

  it('takes masks and shorthands that only programs write', () => {
    expect(formatRule(ruleOf('-s 10.0.0.0/255.255.0.0 -d 10.0.0.1'), 4)).toBe(
      '-s 10.0.0.0/16 -d 10.0.0.1/32',
    );
    expect(formatRule(ruleOf('-j MARK --or-mark 0x10'), 4)).toBe('-j MARK --set-xmark 0x10/0x10');
    expect(formatRule(ruleOf('-j MARK --and-mark 0xfffffff0'), 4)).toBe(
      '-j MARK --set-xmark 0x0/0xf',
    );
    expect(formatRule(ruleOf('-j MARK --xor-mark 0x10'), 4)).toBe('-j MARK --set-xmark 0x10/0x0');
    expect(formatRule(ruleOf('-j MARK --set-mark 0x10/0xf0'), 4)).toBe(
      '-j MARK --set-xmark 0x10/0xf0',
    );
    expect(formatRule(ruleOf('-j REJECT'), 4)).toBe(
      '-j REJECT --reject-with icmp-port-unreachable',
    );
    expect(formatRule(ruleOf('-j REJECT', 6), 6)).toBe(
      '-j REJECT --reject-with icmp6-port-unreachable',
    );
  });

  it.each([
    ['-p tcp --dport 80 ! --sport 1:1023', '-p tcp -m tcp ! --sport 1:1023 --dport 80', 4],
    ['-p 17 --dport 53', '-p udp -m udp --dport 53', 4],
    ['-p icmp --icmp-type 8', '-p icmp -m icmp --icmp-type 8', 4],
    ['-p icmp --icmp-type host-unreachable', '-p icmp -m icmp --icmp-type 3/1', 4],
    ['-p icmp --icmp-type host-r', '-p icmp -m icmp --icmp-type 5/1', 4],
    ['-p icmp --icmp-type any', '-p icmp -m icmp --icmp-type any', 4],
    ['-p ipv6-icmp --icmpv6-type ttl-exceeded', '-p ipv6-icmp -m icmp6 --icmpv6-type 3', 6],
    ['-p udp -j DNAT --to-destination []:53', '-p udp -j DNAT --to-destination :53', 6],
    ['-p ipv6-icmp --icmpv6-type 128', '-p ipv6-icmp -m icmp6 --icmpv6-type 128', 6],
    [
      '-p tcp -m comment --comment x --dport 80',
      '-p tcp -m comment --comment x -m tcp --dport 80',
      4,
    ],
  ] as const)('loads the module of a protocol by itself: %s', (written, saved, family) => {
    expect(formatRule(ruleOf(written, family), family)).toBe(
      formatRule(ruleOf(saved, family), family),
    );
  });
});

const SAVED = `# Generated by iptables-save v1.8.9 (nf_tables) on Wed Nov 25 01:29:40 2026
*filter
:INPUT ACCEPT [5:420]
:FORWARD DROP [1:60]
:KUBE-FORWARD - [0:0]
[3:180] -A FORWARD -j KUBE-FORWARD
-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP
COMMIT
# Completed on Wed Nov 25 01:29:40 2026
`;

describe('a whole table', () => {
  it('is read with its counters, and the line of each command', () => {
    const commands = parseIptables(SAVED, { file: 'save', family: 4, form: 'save' });
    expect(commands.map(({ line }) => line)).toEqual([3, 4, 5, 6, 7]);
    expect(commands.map(({ value }) => value)).toMatchObject([
      { op: 'policy', chain: 'INPUT', policy: 'ACCEPT', counters: { packets: 5, bytes: 420 } },
      { op: 'policy', chain: 'FORWARD', policy: 'DROP', counters: { packets: 1, bytes: 60 } },
      { op: 'new-chain', chain: 'KUBE-FORWARD' },
      { op: 'append', chain: 'FORWARD', counters: { packets: 3, bytes: 180 } },
      { op: 'append', chain: 'KUBE-FORWARD' },
    ]);
  });

  it('is written again as it was, but for comments', () => {
    expect(formatIptablesCommands(read(SAVED))).toBe(SAVED.replaceAll(/^#.*\n/gm, ''));
  });

  it('may be a program, which knows chains that it does not make', () => {
    const program: readonly IptablesCommand[] = parseIptables(
      '*nat\n-N X\n-P POSTROUTING ACCEPT\n-F Y\n-I Y 2 -j elsewhere\n-I Y -j MASQUERADE\n-D Y -j X\n-X X\nCOMMIT\n',
      { file: 'program', family: 4, form: 'program' },
    ).map(({ value }) => value);
    expect(formatIptablesCommands(program)).toBe(
      '*nat\n:X - [0:0]\n:POSTROUTING ACCEPT [0:0]\n-F Y\n-I Y 2 -j elsewhere\n-I Y 1 -j MASQUERADE\n-D Y -j X\n-X X\nCOMMIT\n',
    );
  });
});

describe('what is no iptables-save text', () => {
  const cases: readonly (readonly [text: string, message: string])[] = [
    [
      '*broute\n',
      'save:1:1: "*broute" begins no table that is known; expected *raw, *mangle, *nat, *filter, *security',
    ],
    [
      '-A INPUT\n',
      'save:1:1: "-A" begins no table that is known; expected *raw, *mangle, *nat, *filter, *security',
    ],
    [
      '*filter\n:INPUT ACCEPT [0:0]\n',
      'save:2:1: table filter does not end; expected a line COMMIT',
    ],
    [
      '*filter\n:INPUT MAYBE\n',
      'save:2:8: "MAYBE" is no policy that is supported; expected ACCEPT, DROP, -',
    ],
    [
      '*filter\n:INPUT ACCEPT [a:0]\n',
      'save:2:15: "[a:0]" are no counters; expected [PACKETS:BYTES]',
    ],
    [
      '*filter\n-A INPUT -s 10.0.0.1/33\n',
      'save:2:13: "10.0.0.1/33" has the prefix length 33; expected an address with its length, a prefix length from 0 to 32',
    ],
    [
      '*filter\n-A INPUT -s 10.0.0.1/8\n',
      'save:2:13: "10.0.0.1/8" has host bits set; expected an address with its length, 10.0.0.0/8',
    ],
    [
      '*filter\n-A INPUT -s 10.0.0.0/255.0.255.0\n',
      'save:2:13: "10.0.0.0/255.0.255.0" has a mask that is no prefix; expected a mask of ones, then zeros',
    ],
    [
      '*filter\n-A INPUT -p nonsense\n',
      'save:2:13: "nonsense" is no protocol that is known; expected a name or a number',
    ],
    [
      '*filter\n-A INPUT --dport 80\n',
      'save:2:10: "--dport" is no option of a rule; expected -s, -d, -i, -o, -p, -f, -m, -j or -g',
    ],
    [
      '*filter\n-A INPUT -p tcp -m tcp --dport 70000\n',
      'save:2:32: "70000" is no range; expected a number up to 65535, or two with : between',
    ],
    [
      '*filter\n-A INPUT -m comment --comment "x\n',
      'save:2:31: a quote does not end; expected a closing " in the same line',
    ],
    [
      '*filter\n-A INPUT -j ACCEPT -s 10.0.0.1\n',
      'save:2:20: "-s" is not supported here; expected the end of the line',
    ],
    ['*filter\n-A\n', 'save:2:3: the line ends too early; expected a chain'],
    [
      '*filter\n-Z INPUT\n',
      'save:2:1: "-Z" is no command that is supported; expected -A, -I, -D, -N, -F, -X, -P',
    ],
  ];
  it.each(cases)('is refused with its place: %j', (text, message) => {
    expect(() => read(text)).toThrow(ParseError);
    expect(() => read(text)).toThrow(message);
  });
});
