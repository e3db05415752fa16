import { type Cluster, type Node, type Pod, podsOn } from '@podpath/cluster';
import type { Command, Program } from '@podpath/linux';
import { familyOf, type Ip, type Prefix } from '@podpath/net';
import { kubeProxyCommands } from '@podpath/services';
import { createDataPath } from './emulated-data-path.ts';
import { type NodeProgrammer, namespaceOf } from './node-programmer.ts';
import { type NetworkPlugin, OptionsError } from './plugin.ts';

/**
 * The smallest plugin that works, to test what plugins share: a routed veth for each pod, a route for each remote pod to
 * its node, no overlay, no policy.
 */
export const routed: NetworkPlugin = {
  name: 'routed',
  title: 'Routed',
  features: {
    families: [4, 6],
    encapsulation: ['none'],
    enforcesPolicy: false,
    policyDeviations: [],
  },
  configure: (options) => {
    if (options === undefined) return {};
    const fields =
      typeof options === 'object' && options !== null ? Object.keys(options) : ['options'];
    const [field] = Array.isArray(options) ? ['options'] : fields;
    if (field !== undefined)
      throw new OptionsError('routed', field, 'is not known', 'no options at all');
    return {};
  },
  install: (cluster) => createDataPath('routed', new RoutedProgrammer(cluster)),
};

const GATEWAY_V4 = 0xa9fe_0101;
const GATEWAY_V6 = 0xfe80_0000_0000_0000_0000_0000_0000_0101n;

class RoutedProgrammer implements NodeProgrammer {
  readonly cluster: Cluster;
  readonly notes = ['no overlay: routes only'];
  readonly overlay = { encapsulationBytes: 0, podMtuBytes: 1500 };

  constructor(cluster: Cluster) {
    this.cluster = cluster;
  }

  node(node: Node): readonly Program[] {
    return [
      {
        namespace: namespaceOf.node(node.name),
        commands: [
          { kind: 'sysctl', key: 'net.ipv4.ip_forward', value: 1 },
          { kind: 'sysctl', key: 'net.ipv6.conf.all.forwarding', value: 1 },
          ...kubeProxyCommands(this.cluster, node, {
            localDetector: { kind: 'cluster-cidr', cidrs: this.cluster.podNetworks },
            masqueradeAll: false,
            randomFully: true,
          }),
          ...this.cluster.podNetworks.map(masquerade),
          ...this.#remoteRoutes(node),
        ],
      },
    ];
  }

  pod(pod: Pod): readonly Program[] {
    const device = `veth${podsOn(this.cluster, pod.node).indexOf(pod)}`;
    const peer = { name: 'eth0', namespace: namespaceOf.pod(pod) };
    const onNode: Command[] = [
      { kind: 'link-add', type: 'veth', name: device, peer },
      { kind: 'link-set', dev: device, up: true },
      { kind: 'sysctl', key: `net.ipv4.conf.${device}.proxy_arp`, value: 1 },
    ];
    const inPod: Command[] = [{ kind: 'link-set', dev: 'eth0', up: true }];
    for (const address of pod.ips) {
      const gateway = typeof address === 'number' ? GATEWAY_V4 : GATEWAY_V6;
      onNode.push({ kind: 'route-add', route: { dst: host(address), dev: device, scope: 'link' } });
      if (typeof address === 'bigint') {
        onNode.push({
          kind: 'address-add',
          dev: device,
          address: { address: GATEWAY_V6, length: 64 },
        });
      }
      inPod.push(
        { kind: 'address-add', dev: 'eth0', address: host(address) },
        { kind: 'route-add', route: { dst: host(gateway), dev: 'eth0', scope: 'link' } },
        { kind: 'route-add', route: { dst: anywhere(address), via: gateway, dev: 'eth0' } },
      );
    }
    return [
      { namespace: namespaceOf.node(pod.node), commands: onNode },
      { namespace: namespaceOf.pod(pod), commands: inPod },
    ];
  }

  afterPods(): readonly Program[] {
    return [];
  }

  #remoteRoutes(node: Node): readonly Command[] {
    const routes: Command[] = [];
    for (const other of this.cluster.nodes.values()) {
      if (other === node) continue;
      for (const pod of podsOn(this.cluster, other.name)) {
        if (pod.hostNetwork) continue;
        for (const address of pod.ips) {
          const via = other.addresses.find((each) => familyOf(each) === familyOf(address));
          if (via !== undefined)
            routes.push({ kind: 'route-add', route: { dst: host(address), via, dev: 'eth0' } });
        }
      }
    }
    return routes;
  }
}

const host = (address: Ip): Prefix => ({ address, length: familyOf(address) === 4 ? 32 : 128 });

const anywhere = (address: Ip): Prefix => ({
  address: familyOf(address) === 4 ? 0 : 0n,
  length: 0,
});

const masquerade = (network: Prefix): Command => ({
  kind: 'iptables',
  family: familyOf(network.address),
  table: 'nat',
  op: 'append',
  chain: 'POSTROUTING',
  rule: {
    matches: [
      { kind: 'source', prefix: network },
      { kind: 'destination', prefix: network, invert: true },
    ],
    target: { kind: 'masquerade' },
  },
});
