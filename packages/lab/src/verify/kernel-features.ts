/** Something of a kernel that programs of plugins may need. */
export interface KernelFeature {
  readonly group: 'device' | 'set' | 'match' | 'target' | 'nft' | 'subsystem';
  /** As the kernel and its tools call it: `wireguard`, `hash:net,net`, `rpfilter`. */
  readonly name: string;
  /** A shell command that succeeds, in a namespace of its own, where the kernel has it. */
  readonly test: string;
}

/** A kernel in the eyes of the lab. */
export interface KernelReport {
  readonly release: string;
  readonly lacks: readonly KernelLack[];
}

export interface KernelLack {
  readonly group: KernelFeature['group'];
  readonly name: string;
  /** What the tool said. */
  readonly said: string;
  /** What stands in for it, or holds the emulation to the truth all the same. */
  readonly instead: string;
}

const device = (name: string, options = ''): KernelFeature => ({
  group: 'device',
  name,
  test: `ip link add probe0 type ${name} ${options} && ip link delete probe0`,
});

const set = (name: string, options = ''): KernelFeature => ({
  group: 'set',
  name,
  test: `ipset create probe ${name} ${options} && ipset destroy probe`,
});

/** Rules go into built-in chains: some matches and targets look at where they are. */
const rule =
  (group: 'match' | 'target') =>
  (name: string, options: string, table = 'filter', chain = 'FORWARD'): KernelFeature => ({
    group,
    name,
    test: `iptables -t ${table} -A ${chain} ${options} && iptables -t ${table} -F ${chain}`,
  });
const match = rule('match');
const target = rule('target');
const matchSet = (): KernelFeature => {
  const { test, ...feature } = match('set', '-m set --match-set probe src');
  return { ...feature, test: `ipset create probe hash:ip && ${test} && ipset destroy probe` };
};

const nft = (name: string, text: string, hook = 'forward', type = 'filter'): KernelFeature => ({
  group: 'nft',
  name,
  test: [
    'nft add table ip probe',
    `nft 'add chain ip probe c { type ${type} hook ${hook} priority 0; }'`,
    `nft 'add rule ip probe c ${text}'`,
    'nft delete table ip probe',
  ].join(' && '),
});

const file = (name: string, path: string): KernelFeature => ({
  group: 'subsystem',
  name,
  test: `[ -e ${path} ] || { echo no ${path}; false; }`,
});

const ENDS = 'local 127.0.0.1 remote 127.0.0.2';

/** What is asked of a kernel: what the plugins and kube-proxy program, and what the emulator knows besides. */
export const KERNEL_FEATURES: readonly KernelFeature[] = [
  device('veth', 'peer name probe1'),
  device('bridge'),
  device('dummy'),
  device('vxlan', 'id 1 dstport 4789'),
  device('ipip', ENDS),
  device('sit', ENDS),
  device('ip6tnl', 'mode any local fd00::1 remote fd00::2'),
  device('wireguard'),
  device('openvswitch'),
  set('hash:ip'),
  set('hash:net'),
  set('hash:ip,port'),
  set('hash:net,port'),
  set('hash:ip,port,ip'),
  set('hash:ip,port,net'),
  set('hash:net,net'),
  set('bitmap:port', 'range 0-9'),
  set('list:set'),
  match('addrtype', '-m addrtype --dst-type LOCAL'),
  match('comment', '-m comment --comment probe'),
  match('connlimit', '-p tcp -m connlimit --connlimit-above 3'),
  match('connmark', '-m connmark --mark 1'),
  match('conntrack', '-m conntrack --ctstate NEW'),
  match('dscp', '-m dscp --dscp 1'),
  match('hashlimit', '-m hashlimit --hashlimit-upto 1/s --hashlimit-name probe'),
  match('icmp', '-p icmp -m icmp --icmp-type 8'),
  match('iprange', '-m iprange --src-range 10.0.0.1-10.0.0.9'),
  match('length', '-m length --length 1:9'),
  match('limit', '-m limit --limit 1/s'),
  match('mac', '-m mac --mac-source 02:00:00:00:00:01'),
  match('mark', '-m mark --mark 1'),
  match('multiport', '-p tcp -m multiport --dports 80,443'),
  match('physdev', '-m physdev --physdev-is-bridged'),
  match('pkttype', '-m pkttype --pkt-type unicast'),
  match('policy', '-m policy --dir in --pol none'),
  match('recent', '-m recent --name probe --set'),
  match('rpfilter', '-m rpfilter', 'raw', 'PREROUTING'),
  matchSet(),
  match('statistic', '-m statistic --mode random --probability 0.5'),
  match('tos', '-m tos --tos 4'),
  match('ttl', '-m ttl --ttl-eq 1'),
  target('CONNMARK', '-j CONNMARK --set-xmark 1', 'mangle'),
  target('CT', '-j CT --notrack', 'raw', 'PREROUTING'),
  target('DNAT', '-p tcp -j DNAT --to-destination 10.0.0.1:80', 'nat', 'PREROUTING'),
  target('DSCP', '-j DSCP --set-dscp 1', 'mangle'),
  target('LOG', '-j LOG --log-prefix probe'),
  target('MARK', '-j MARK --set-xmark 1', 'mangle'),
  target('MASQUERADE', '-j MASQUERADE --random-fully', 'nat', 'POSTROUTING'),
  target('NFLOG', '-j NFLOG --nflog-group 1'),
  target('REDIRECT', '-p tcp -j REDIRECT --to-ports 80', 'nat', 'PREROUTING'),
  target('REJECT', '-j REJECT'),
  target('SNAT', '-j SNAT --to-source 10.0.0.1', 'nat', 'POSTROUTING'),
  target('TCPMSS', '-p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu', 'mangle'),
  nft('counter', 'counter'),
  nft('ct', 'ct state new'),
  nft('fib', 'fib daddr type local', 'prerouting'),
  nft('limit', 'limit rate 1/second'),
  nft('log', 'log prefix "probe"'),
  nft('masquerade', 'masquerade', 'postrouting', 'nat'),
  nft('meta', 'meta mark 1'),
  nft('nat', 'dnat to 10.0.0.1', 'prerouting', 'nat'),
  nft('notrack', 'notrack', 'prerouting'),
  nft('numgen', 'numgen random mod 2 0'),
  nft('redirect', 'redirect', 'prerouting', 'nat'),
  nft('reject', 'reject'),
  nft('verdict map', 'ip daddr vmap { 10.0.0.1 : drop }'),
  file('br_netfilter', '/proc/sys/net/bridge/bridge-nf-call-iptables'),
  file('conntrack', '/proc/thread-self/net/nf_conntrack'),
  file('ip_vs', '/proc/thread-self/net/ip_vs'),
  {
    group: 'subsystem',
    name: 'tun',
    test: 'ip tuntap add dev probe0 mode tap && ip link delete probe0',
  },
];
