import type { Pod } from '@podpath/cluster';
import { namespaceOf } from '@podpath/cni';
import type { Command, Program } from '@podpath/linux';
import { familyOf, type Ip, parseIp, parseMac } from '@podpath/net';
import { bitsOf } from '../ipam/ip-pool.ts';
import { hostVethName } from '../names/workload-names.ts';
import { podMac } from './pod-mac.ts';

/** Every workload interface of every host has this MAC: it is on no wire that two of them share. */
const HOST_MAC = parseMac('ee:ee:ee:ee:ee:ee');
/** A gateway that exists nowhere: the host answers for it by proxy ARP. */
const IPV4_GATEWAY = parseIp('169.254.1.1');
/** What the kernel makes of the host's MAC. */
const IPV6_GATEWAY = parseIp('fe80::ecee:eeff:feee:eeee');

/** Felix's `IPv4NormalRoutePriority`. */
const WORKLOAD_ROUTE_METRIC = 1024;

const DEFAULT_ROUTE = { 4: { address: 0, length: 0 }, 6: { address: 0n, length: 0 } } as const;

/**
 * What the CNI plugin, and Felix after it, program for a pod. Follows
 * cni-plugin/pkg/dataplane/linux/dataplane_linux.go and felix/dataplane/linux/endpoint_mgr.go.
 */
export const podPrograms = (
  pod: Pod,
  settings: { readonly mtuBytes: number; readonly rpFilter: 0 | 1 | 2 },
): readonly Program[] => {
  const dev = hostVethName(pod.namespace, pod.name);
  return [
    { namespace: namespaceOf.node(pod.node), commands: hostEnd(pod, dev, settings) },
    { namespace: namespaceOf.pod(pod), commands: containerEnd(pod) },
  ];
};

const has = (pod: Pod, family: 4 | 6): boolean =>
  pod.ips.some((address) => familyOf(address) === family);

const sysctl = (key: string, value: number): Command => ({ kind: 'sysctl', key, value });

const hostEnd = (
  pod: Pod,
  dev: string,
  { mtuBytes, rpFilter }: { readonly mtuBytes: number; readonly rpFilter: 0 | 1 | 2 },
): readonly Command[] => {
  const mac = podMac(pod.namespace, pod.name);
  return [
    {
      kind: 'link-add',
      type: 'veth',
      name: dev,
      mac: HOST_MAC,
      mtuBytes,
      peer: { name: 'eth0', namespace: namespaceOf.pod(pod), mac, mtuBytes },
    },
    ...(has(pod, 4)
      ? [
          sysctl(`net.ipv4.conf.${dev}.route_localnet`, 1),
          sysctl(`net.ipv4.neigh.${dev}.proxy_delay`, 0),
          sysctl(`net.ipv4.conf.${dev}.proxy_arp`, 1),
          sysctl(`net.ipv4.conf.${dev}.forwarding`, 1),
          sysctl(`net.ipv4.conf.${dev}.rp_filter`, rpFilter),
        ]
      : []),
    ...(has(pod, 6)
      ? [
          sysctl(`net.ipv6.conf.${dev}.accept_dad`, 0),
          sysctl(`net.ipv6.conf.${dev}.disable_ipv6`, 0),
          sysctl(`net.ipv6.conf.${dev}.proxy_ndp`, 1),
          sysctl(`net.ipv6.conf.${dev}.forwarding`, 1),
        ]
      : []),
    sysctl(`net.ipv6.conf.${dev}.accept_ra`, 0),
    { kind: 'link-set', dev, up: true },
    ...pod.ips.flatMap((address) => toPod(address, dev, mac)),
  ];
};

/** Felix makes the neighbour known for IPv4; for IPv6 the kernel asks. */
const toPod = (address: Ip, dev: string, mac: number): readonly Command[] => [
  {
    kind: 'route-replace',
    route: {
      dst: hostPrefix(address),
      dev,
      scope: 'link',
      protocol: 'boot',
      metric: WORKLOAD_ROUTE_METRIC,
    },
  },
  ...(familyOf(address) === 4
    ? [{ kind: 'neighbour-replace', dev, address, mac, state: 'permanent' } as const]
    : []),
];

/** Routes come before addresses, so that no address ever brings a route of its own. */
const containerEnd = (pod: Pod): readonly Command[] => {
  const dev = 'eth0';
  return [
    ...(has(pod, 4) ? [sysctl('net.ipv4.ip_forward', 0)] : []),
    ...(has(pod, 6) ? [sysctl('net.ipv6.conf.all.forwarding', 0)] : []),
    ...(has(pod, 6)
      ? [
          ...['all', 'default', 'lo'].map((name) =>
            sysctl(`net.ipv6.conf.${name}.disable_ipv6`, 0),
          ),
          sysctl(`net.ipv6.conf.${dev}.accept_dad`, 0),
        ]
      : []),
    { kind: 'link-set', dev, up: true },
    ...(has(pod, 4)
      ? ([
          {
            kind: 'route-add',
            route: { dst: hostPrefix(IPV4_GATEWAY), dev, scope: 'link' },
          },
          { kind: 'route-add', route: { dst: DEFAULT_ROUTE[4], via: IPV4_GATEWAY, dev } },
        ] as const)
      : []),
    ...(has(pod, 6)
      ? ([{ kind: 'route-add', route: { dst: DEFAULT_ROUTE[6], via: IPV6_GATEWAY, dev } }] as const)
      : []),
    ...pod.ips.map(
      (address): Command => ({ kind: 'address-add', dev, address: hostPrefix(address) }),
    ),
  ];
};

const hostPrefix = (address: Ip) => ({ address, length: bitsOf(familyOf(address)) });
