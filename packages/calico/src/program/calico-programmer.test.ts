import { namespaceOf } from '@podpath/cni';
import { formatProgram, type Program } from '@podpath/linux';
import { describe, expect, it } from 'vitest';
import { configure } from '../options.ts';
import { labels, networkPolicy } from '../policies/test-policies.ts';
import { testCluster } from '../testing/test-cluster.ts';
import { planCalico } from './calico-plan.ts';
import { CalicoProgrammer } from './calico-programmer.ts';

const HTTP = [{ name: 'http', port: 80, protocol: 'TCP' }] as const;
const cluster = testCluster({
  nodes: { n1: ['172.18.0.2', 'fd00:18::2'], n2: ['172.18.0.3', 'fd00:18::3'] },
  pods: {
    a: { node: 'n1', ips: ['10.244.1.1', 'fd00:244::101'], labels: { app: 'a' } },
    b: { node: 'n2', ips: ['10.244.2.1', 'fd00:244::201'], labels: { app: 'b' }, ports: HTTP },
    c: { node: 'n2', ips: ['10.244.1.2'], labels: { app: 'b' } },
  },
  podNetworks: ['10.244.0.0/16', 'fd00:244::/64'],
  networkPolicies: [
    networkPolicy('a-out', {
      podSelector: labels({ app: 'a' }),
      egress: [
        { peers: [{ podSelector: labels({ app: 'b' }) }], ports: [] },
        { peers: [], ports: [{ protocol: 'TCP', port: 'http' }] },
      ],
    }),
  ],
});

const setUp = (options?: unknown) => {
  const checked = configure(options);
  return new CalicoProgrammer(planCalico(cluster, checked), checked);
};
const nodeNamed = (name: string) => {
  const node = cluster.nodes.get(name);
  if (node === undefined) throw new Error(`no node ${name}`);
  return node;
};
const podNamed = (name: string) => {
  const pod = cluster.pods.get(`prod/${name}`);
  if (pod === undefined) throw new Error(`no pod ${name}`);
  return pod;
};
/** The lines of programs, without blank ones. */
const lines = (programs: readonly Program[]) =>
  programs.flatMap((program) => formatProgram(program).split('\n')).filter((line) => line !== '');

describe('a node', () => {
  const programmer = setUp();
  const text = lines(programmer.node(nodeNamed('n1')));

  it('forwards, and knows the other end of its tunnels beforehand', () => {
    expect(text).toContain('net.ipv4.ip_forward = 1');
    expect(text).toContain('net.ipv6.conf.all.forwarding = 1');
    const calico = text.filter((line) => /vxlan|blackhole/.test(line));
    expect(calico).toEqual([
      'link add vxlan.calico address 66:40:b3:ea:b6:3f mtu 1450 type vxlan id 4096 local 172.18.0.2 dev eth0 dstport 4789 nolearning',
      'address add 10.244.1.0/32 dev vxlan.calico',
      'link set dev vxlan.calico up',
      'link add vxlan-v6.calico address 66:46:32:55:72:28 mtu 1430 type vxlan id 4096 local fd00:18::2 dev eth0 dstport 4789 nolearning',
      'address add fd00:244::100/128 dev vxlan-v6.calico nodad',
      'link set dev vxlan-v6.calico up',
      'neighbour replace 10.244.2.0 lladdr 66:40:24:34:76:fc dev vxlan.calico nud permanent',
      'fdb replace 66:40:24:34:76:fc dev vxlan.calico dst 172.18.0.3 self permanent',
      'route replace 10.244.2.0/26 via 10.244.2.0 dev vxlan.calico onlink proto 80 mtu 1450',
      'route replace 10.244.1.2 via 10.244.2.0 dev vxlan.calico onlink proto 80 mtu 1450',
      'neighbour replace fd00:244::200 lladdr 66:f4:09:ca:1b:0c dev vxlan-v6.calico nud permanent',
      'fdb replace 66:f4:09:ca:1b:0c dev vxlan-v6.calico dst fd00:18::3 self permanent',
      'route replace fd00:244::200/122 via fd00:244::200 dev vxlan-v6.calico onlink proto 80 mtu 1430',
      'route replace blackhole 10.244.1.0/26 proto 80',
      'route replace blackhole fd00:244::100/122 proto 80',
    ]);
  });

  it('routes to nodes on its own subnet, with CrossSubnet', () => {
    const routes = lines(setUp({ vxlanMode: 'CrossSubnet' }).node(nodeNamed('n1')));
    expect(routes).toContain('route replace 10.244.2.0/26 via 172.18.0.3 dev eth0 onlink proto 80');
  });

  it('has kube-proxy tell pods of the cluster from the rest by the pools', () => {
    const pools = [{ cidr: '10.244.0.0/15' }, { cidr: 'fd00:244::/56' }];
    const { cluster: installed } = setUp({ ipPools: pools });
    expect(installed.podNetworks).toHaveLength(2);
  });
});

describe('a pod', () => {
  const [host, container] = setUp({ rpFilter: 1 }).pod(podNamed('a'));
  const text = (program: Program | undefined) => (program === undefined ? [] : lines([program]));

  it('hangs on a veth whose host end answers for everyone', () => {
    expect(host?.namespace).toBe(namespaceOf.node('n1'));
    expect(text(host)).toEqual([
      '# node/n1: ip -batch -',
      'link add cali850cb1f0404 address ee:ee:ee:ee:ee:ee mtu 1430 type veth peer name eth0 address 62:df:d2:12:9d:1b mtu 1430 netns pod/prod/a',
      '# node/n1: sysctl -p -',
      'net.ipv4.conf.cali850cb1f0404.route_localnet = 1',
      'net.ipv4.neigh.cali850cb1f0404.proxy_delay = 0',
      'net.ipv4.conf.cali850cb1f0404.proxy_arp = 1',
      'net.ipv4.conf.cali850cb1f0404.forwarding = 1',
      'net.ipv4.conf.cali850cb1f0404.rp_filter = 1',
      'net.ipv6.conf.cali850cb1f0404.accept_dad = 0',
      'net.ipv6.conf.cali850cb1f0404.disable_ipv6 = 0',
      'net.ipv6.conf.cali850cb1f0404.proxy_ndp = 1',
      'net.ipv6.conf.cali850cb1f0404.forwarding = 1',
      'net.ipv6.conf.cali850cb1f0404.accept_ra = 0',
      '# node/n1: ip -batch -',
      'link set dev cali850cb1f0404 up',
      'route replace 10.244.1.1 dev cali850cb1f0404 scope link proto boot metric 1024',
      'neighbour replace 10.244.1.1 lladdr 62:df:d2:12:9d:1b dev cali850cb1f0404 nud permanent',
      'route replace fd00:244::101 dev cali850cb1f0404 scope link proto boot metric 1024',
    ]);
  });

  it('sends everything to a gateway that exists nowhere', () => {
    expect(text(container).filter((line) => !line.includes('='))).toEqual([
      '# pod/prod/a: sysctl -p -',
      '# pod/prod/a: ip -batch -',
      'link set dev eth0 up',
      'route add 169.254.1.1 dev eth0 scope link',
      'route add 0.0.0.0/0 via 169.254.1.1 dev eth0',
      'route add ::/0 via fe80::ecee:eeff:feee:eeee dev eth0',
      'address add 10.244.1.1/32 dev eth0',
      'address add fd00:244::101/128 dev eth0 nodad',
    ]);
  });
});

describe('after the pods', () => {
  const programmer = setUp();
  const text = lines(programmer.afterPods(nodeNamed('n1'), [podNamed('a')]));
  const added = (name: string) =>
    text.filter((line) => line.startsWith(`add ${name} `)).map((line) => line.split(' ')[2]);

  it('the sets of every node are there', () => {
    expect(added('cali40all-hosts-net')).toEqual(['172.18.0.2', '172.18.0.3']);
    expect(added('cali40all-vxlan-net')).toEqual(['172.18.0.3']);
    expect(added('cali60this-host')).toEqual(['::1', 'fd00:18::2', 'fd00:244::100']);
    expect(added('cali40masq-ipam-pools')).toEqual(['10.244.0.0/16']);
    expect(added('cali60masq-ipam-pools')).toEqual([]);
    expect(added('cali60network-ip-pools')).toEqual(['fd00:244::/64']);
  });

  it('the sets of active policies hold pods of the whole cluster, in both families', () => {
    const sets = text.filter((line) => /^create cali[46]0[sn]:/.test(line));
    expect(sets.map((line) => line.split(' ')[2])).toEqual([
      'hash:net',
      'hash:ip,port',
      'hash:net',
      'hash:ip,port',
    ]);
    const members = text.filter((line) => /^add cali[46]0[sn]:/.test(line));
    expect(members.map((line) => line.split(' ')[2])).toEqual([
      '10.244.2.1',
      '10.244.1.2',
      '10.244.2.1,tcp:80',
      'fd00:244::201',
      'fd00:244::201,tcp:80',
    ]);
  });

  it('a node without pods drops whatever claims to come from one', () => {
    const idle = lines(programmer.afterPods(nodeNamed('n2'), []));
    expect(idle.filter((line) => line.startsWith('-A cali-from-wl-dispatch'))).toEqual([
      expect.stringContaining('Unknown interface'),
      expect.stringContaining('Unknown interface'),
    ]);
  });
});
