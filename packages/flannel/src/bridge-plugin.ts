import type { Node, Pod } from '@podpath/cluster';
import { namespaceOf } from '@podpath/cni';
import type { Command, Program } from '@podpath/linux';
import { familyOf, type Ip, type Prefix, prefixContains } from '@podpath/net';
import { gatewayOf } from './host-local.ts';
import { macFor } from './names.ts';

const BRIDGE = 'cni0';

/** What the delegated bridge plugin was told: flannel's `cbr0` list, and the networks as routes. */
export interface BridgeConfig {
  readonly mtuBytes: number;
  readonly networks: readonly Prefix[];
}

/** One call of the plugin. */
export interface BridgeAdd {
  readonly node: Node;
  readonly pod: Pod;
  readonly vethName: string;
  /** The first pod of a node brings the bridge with it. */
  readonly isFirst: boolean;
}

/**
 * What adding a pod programs, in the bridge plugin's order: the bridge, the pair, the pod's addresses and routes, and
 * the gateway's address on the bridge. Source: containernetworking plugins/main/bridge.
 */
export function bridgeAdd(add: BridgeAdd, config: BridgeConfig): readonly Program[] {
  const node = namespaceOf.node(add.node.name);
  const pod = namespaceOf.pod(add.pod);
  const gateways = add.isFirst ? gatewayCommands(add.node.podCidrs) : [];
  return [
    {
      namespace: node,
      commands: [
        ...(add.isFirst ? bridgeCommands(add.node, config) : []),
        ...pairCommands(add.vethName, pod, config),
      ],
    },
    { namespace: pod, commands: podCommands(add, config) },
    ...(gateways.length === 0 ? [] : [{ namespace: node, commands: gateways }]),
  ];
}

const bridgeCommands = (node: Node, { mtuBytes }: BridgeConfig): readonly Command[] => [
  {
    kind: 'link-add',
    type: 'bridge',
    name: BRIDGE,
    mac: macFor(BRIDGE, node.name),
    mtuBytes,
  },
  { kind: 'sysctl', key: `net.ipv6.conf.${BRIDGE}.accept_ra`, value: 0 },
  { kind: 'link-set', dev: BRIDGE, up: true },
];

const pairCommands = (
  name: string,
  pod: string,
  { mtuBytes }: BridgeConfig,
): readonly Command[] => [
  {
    kind: 'link-add',
    type: 'veth',
    name,
    mtuBytes,
    peer: { name: 'eth0', namespace: pod, mtuBytes },
  },
  { kind: 'link-set', dev: name, up: true },
  { kind: 'sysctl', key: `net.ipv6.conf.${name}.accept_ra`, value: 0 },
  // Hairpin: a pod's packets to its own Service have to leave by the port they came in by.
  { kind: 'link-set', dev: name, master: BRIDGE, hairpin: true },
];

function podCommands({ node, pod }: BridgeAdd, { networks }: BridgeConfig): readonly Command[] {
  const attached = pod.ips.flatMap((address) => {
    const subnet = node.podCidrs.find((cidr) => prefixContains(cidr, address));
    return subnet === undefined ? [] : [{ address, subnet }];
  });
  const gatewayFor = (destination: Prefix): Ip | undefined =>
    attached
      .map(({ subnet }) => gatewayOf(subnet))
      .find((gateway) => familyOf(gateway) === familyOf(destination.address));
  const routes = [...networks, ...networks.map(everywhere)].flatMap((dst): Command[] => {
    const via = gatewayFor(dst);
    return via === undefined ? [] : [{ kind: 'route-add', route: { dst, via, dev: 'eth0' } }];
  });
  return [
    { kind: 'sysctl', key: 'net.ipv4.conf.eth0.arp_notify', value: 1 },
    { kind: 'sysctl', key: 'net.ipv6.conf.eth0.accept_dad', value: 0 },
    { kind: 'link-set', dev: 'eth0', up: true },
    ...attached.map(
      ({ address, subnet }): Command => ({
        kind: 'address-add',
        dev: 'eth0',
        address: { address, length: subnet.length },
      }),
    ),
    ...routes,
  ];
}

const everywhere = ({ address }: Prefix): Prefix => ({
  address: typeof address === 'number' ? 0 : 0n,
  length: 0,
});

const gatewayCommands = (subnets: readonly Prefix[]): readonly Command[] =>
  subnets.flatMap((subnet): readonly Command[] => [
    {
      kind: 'address-add',
      dev: BRIDGE,
      address: { address: gatewayOf(subnet), length: subnet.length },
    },
    {
      kind: 'sysctl',
      key: familyOf(subnet.address) === 4 ? 'net.ipv4.ip_forward' : 'net.ipv6.conf.all.forwarding',
      value: 1,
    },
  ]);
