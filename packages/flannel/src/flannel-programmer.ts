import type { Cluster, Node, Pod } from '@podpath/cluster';
import { type NodeProgrammer, namespaceOf } from '@podpath/cni';
import type { Command, Program } from '@podpath/linux';
import { familyOf } from '@podpath/net';
import { type KubeProxyOptions, kubeProxyCommands } from '@podpath/services';
import type { AddressPlan } from './address-plan.ts';
import { bridgeAdd } from './bridge-plugin.ts';
import { type Lease, leasesOf } from './leases.ts';
import { vethNames } from './names.ts';
import type { FlannelOptions } from './options.ts';
import { forwardRules, masqueradeRules } from './packet-filter.ts';
import { deviceCommands, deviceMtuBytes, leaseCommands, overheadBytes } from './vxlan-backend.ts';

/** What flannel, its CNI plugin and kube-proxy program on the nodes of one cluster. */
export class FlannelProgrammer implements NodeProgrammer {
  readonly cluster: Cluster;
  readonly notes: readonly string[];
  readonly overlay: NodeProgrammer['overlay'];
  readonly #plan: AddressPlan;
  readonly #options: FlannelOptions;
  readonly #leases: ReadonlyMap<string, readonly Lease[]>;
  readonly #kubeProxy: KubeProxyOptions;
  /** Names of the nodes' ends of pod pairs, for the nodes that were asked for. */
  readonly #vethNames = new Map<string, ReadonlyMap<Pod, string>>();

  constructor(plan: AddressPlan, notes: readonly string[], options: FlannelOptions) {
    this.cluster = plan.cluster;
    this.notes = notes;
    this.#plan = plan;
    this.#options = options;
    this.#leases = leasesOf(plan.cluster);
    this.overlay = {
      encapsulationBytes: overheadBytes([...this.#leases.values()].flat(), options.vxlan),
      podMtuBytes: deviceMtuBytes(options.vxlan),
    };
    this.#kubeProxy = {
      localDetector: { kind: 'cluster-cidr', cidrs: plan.cluster.podNetworks },
      masqueradeAll: false,
      randomFully: true,
    };
  }

  /** kube-proxy first: both run on the host network and wait for nobody, and its image is there already. */
  node(node: Node): readonly Program[] {
    return [
      {
        namespace: namespaceOf.node(node.name),
        commands: [
          ...hostCommands(node),
          ...kubeProxyCommands(this.cluster, node, this.#kubeProxy),
          ...this.#daemonCommands(this.#leases.get(node.name) ?? []),
        ],
      },
    ];
  }

  pod(pod: Pod): readonly Program[] {
    const node = this.cluster.nodes.get(pod.node);
    const vethName = this.#vethNamesOn(pod.node).get(pod);
    if (node === undefined || vethName === undefined) return [];
    const isFirst = this.#plan.podsByNode.get(pod.node)?.[0] === pod;
    return bridgeAdd(
      { node, pod, vethName, isFirst },
      { mtuBytes: this.overlay.podMtuBytes, networks: this.cluster.podNetworks },
    );
  }

  afterPods(): readonly Program[] {
    return [];
  }

  /** flanneld, from its start until it has heard of every other node. */
  #daemonCommands(own: readonly Lease[]): readonly Command[] {
    const { vxlan, ipMasq, randomFully, forwardRules: forwards } = this.#options;
    const commands = own.flatMap((lease) => deviceCommands(lease, vxlan));
    const networked = own.flatMap((lease) =>
      this.cluster.podNetworks
        .filter(({ address }) => familyOf(address) === lease.family)
        .map((network) => ({ network, subnet: lease.subnet })),
    );
    if (ipMasq) {
      for (const { network, subnet } of networked) {
        commands.push(...masqueradeRules(network, subnet, randomFully));
      }
    }
    if (forwards) for (const { network } of networked) commands.push(...forwardRules(network));
    for (const leases of this.#leases.values()) {
      for (const remote of leases) {
        const local = own.find((lease) => lease.family === remote.family);
        if (local === undefined || local.node === remote.node) continue;
        commands.push(...leaseCommands(local, remote, vxlan));
      }
    }
    return commands;
  }

  #vethNamesOn(node: string): ReadonlyMap<Pod, string> {
    const known = this.#vethNames.get(node);
    if (known !== undefined) return known;
    const names = vethNames(this.#plan.podsByNode.get(node) ?? []);
    this.#vethNames.set(node, names);
    return names;
  }
}

/** kubeadm refuses a host that does not forward; the bridge plugin would switch it on with the first pod only. */
const hostCommands = (node: Node): readonly Command[] =>
  node.podCidrs.map(({ address }) => ({
    kind: 'sysctl',
    key: familyOf(address) === 4 ? 'net.ipv4.ip_forward' : 'net.ipv6.conf.all.forwarding',
    value: 1,
  }));
