import { type Cluster, type Node, type Pod, podsOn } from '@podpath/cluster';
import { type NodeProgrammer, namespaceOf } from '@podpath/cni';
import type { Command, Network, Program } from '@podpath/linux';
import { type KubeProxyOptions, kubeProxyCommands } from '@podpath/services';
import { type AddressPlan, isNetworked } from './address-plan.ts';
import { hostDevices } from './container-ids.ts';
import { noMasqMembers } from './ipam/no-masq-local.ts';
import { staticCommands } from './npc/chains.ts';
import type { NpcPlan } from './npc/npc-plan.ts';
import type { WeaveOptions } from './options.ts';
import type { Overlay } from './overlay/overlay.ts';
import { peerNameOfNode } from './peer-name.ts';
import { bridgeCommands, exposeCommand, hostCommands } from './programs/bridge-commands.ts';
import { UPLINK } from './programs/device-names.ts';
import { podPrograms } from './programs/pod-programs.ts';
import { filterCommands, natCommands } from './programs/router-rules.ts';

/** Outer IPv4, UDP and VXLAN headers, and the inner Ethernet header. */
const ENCAPSULATION_BYTES = 50;

/** What weave-kube, weave-npc and kube-proxy program on the nodes of one cluster. */
export class WeaveProgrammer implements NodeProgrammer {
  readonly cluster: Cluster;
  readonly notes: readonly string[];
  readonly overlay: NodeProgrammer['overlay'];
  readonly #plan: AddressPlan;
  readonly #npc: NpcPlan;
  readonly #options: WeaveOptions;
  readonly #userSpace: Overlay;
  readonly #kubeProxy: KubeProxyOptions;
  readonly #hostDevices = new Map<string, ReadonlyMap<Pod, string>>();

  constructor(
    plan: AddressPlan,
    npc: NpcPlan,
    userSpace: Overlay,
    notes: readonly string[],
    options: WeaveOptions,
  ) {
    this.cluster = plan.cluster;
    this.notes = notes;
    this.#plan = plan;
    this.#npc = npc;
    this.#userSpace = userSpace;
    this.#options = options;
    this.overlay = { encapsulationBytes: ENCAPSULATION_BYTES, podMtuBytes: options.mtuBytes };
    this.#kubeProxy = {
      localDetector: { kind: 'cluster-cidr', cidrs: [plan.range] },
      masqueradeAll: false,
      randomFully: true,
    };
  }

  /** kube-proxy is there first; Weave's rules go ahead of its rules all the same, because the router inserts them. */
  node(node: Node): readonly Program[] {
    const { range, bridges, ipam } = this.#plan;
    const peer = peerNameOfNode(node.name);
    const address = bridges.get(node.name);
    const { mtuBytes, noMasqLocal, allowMulticast } = this.#options;
    const owned = noMasqLocal ? noMasqMembers(ipam.rangesOf(peer)) : undefined;
    const commands: Command[] = [
      ...hostCommands(),
      ...kubeProxyCommands(this.cluster, node, this.#kubeProxy),
      ...staticCommands({ uplink: UPLINK, allowMulticast }),
      ...bridgeCommands(peer, mtuBytes),
      ...filterCommands(),
      ...(address === undefined ? [] : [exposeCommand(address, range)]),
      ...natCommands(range, owned),
    ];
    const namespace = namespaceOf.node(node.name);
    return [
      { namespace, commands },
      { namespace, commands: this.#npc.commands() },
    ];
  }

  pod(pod: Pod): readonly Program[] {
    const { range, bridges } = this.#plan;
    const address = pod.ips.find((ip) => typeof ip === 'number');
    const hostDevice = this.#hostDevicesOn(pod.node).get(pod);
    if (address === undefined || hostDevice === undefined) return [];
    const { mtuBytes, hairpinMode } = this.#options;
    return podPrograms({
      pod,
      address,
      subnet: range,
      gateway: bridges.get(pod.node),
      hostDevice,
      mtuBytes,
      hairpin: hairpinMode,
    });
  }

  afterPods(): readonly Program[] {
    return [];
  }

  attach({
    network,
    node,
    wake,
  }: {
    readonly network: Pick<Network, 'attachProgram'>;
    readonly node: Node;
    readonly wake: (node: string) => void;
  }): void {
    this.#userSpace.attach(network, node, peerNameOfNode(node.name), wake);
  }

  #hostDevicesOn(node: string): ReadonlyMap<Pod, string> {
    const known = this.#hostDevices.get(node);
    if (known !== undefined) return known;
    const devices = hostDevices(podsOn(this.cluster, node).filter(isNetworked));
    this.#hostDevices.set(node, devices);
    return devices;
  }
}
