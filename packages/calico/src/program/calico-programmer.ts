import type { Cluster, Node, Pod } from '@podpath/cluster';
import { type NodeProgrammer, namespaceOf, planUnderlay } from '@podpath/cni';
import type { Program } from '@podpath/linux';
import type { IpFamily } from '@podpath/net';
import { type KubeProxyOptions, kubeProxyCommands } from '@podpath/services';
import { ActivePolicies } from '../active/active-policies.ts';
import { EndpointIndex } from '../active/endpoint-index.ts';
import { IpsetMembers } from '../active/ipset-members.ts';
import { nodeChains } from '../active/node-chains.ts';
import { felixTables } from '../chains/felix-tables.ts';
import { natOutgoingChain } from '../chains/nat-chains.ts';
import type { CalicoOptions } from '../options.ts';
import { FELIX_DEFAULTS, type RenderConfig } from '../rendering/render-config.ts';
import { type CalicoPlan, isOfFamily } from './calico-plan.ts';
import { hostCommands } from './host-commands.ts';
import { policyIpsetCommands, staticIpsetCommands } from './ipset-commands.ts';
import { podMtuBytes, VXLAN_OVERHEAD_BYTES } from './mtu.ts';
import { podPrograms } from './pod-commands.ts';
import { VxlanRoutes } from './vxlan-routes.ts';

/** What Calico's CNI plugin, Felix and kube-proxy program on the nodes of one cluster. */
export class CalicoProgrammer implements NodeProgrammer {
  readonly cluster: Cluster;
  readonly notes: readonly string[];
  readonly overlay: NodeProgrammer['overlay'];
  readonly #plan: CalicoPlan;
  readonly #options: CalicoOptions;
  readonly #routes: VxlanRoutes;
  readonly #kubeProxy: KubeProxyOptions;
  #policy: { policies: ActivePolicies; members: IpsetMembers } | undefined;

  constructor(plan: CalicoPlan, options: CalicoOptions) {
    const { cluster, families } = plan;
    this.cluster = cluster;
    this.notes = plan.notes;
    this.#plan = plan;
    this.#options = options;
    this.#routes = new VxlanRoutes(cluster, plan.addresses, options, planUnderlay(cluster));
    this.#kubeProxy = {
      localDetector: { kind: 'cluster-cidr', cidrs: cluster.podNetworks },
      masqueradeAll: false,
      randomFully: true,
    };
    this.overlay = {
      encapsulationBytes: VXLAN_OVERHEAD_BYTES[families[0] ?? 4],
      podMtuBytes: podMtuBytes(families.length === 0 ? [4] : families, options.mtuBytes),
    };
  }

  node(node: Node): readonly Program[] {
    const { families } = this.#plan;
    return [
      {
        namespace: namespaceOf.node(node.name),
        commands: [
          ...hostCommands(families),
          ...kubeProxyCommands(this.cluster, node, this.#kubeProxy),
          ...this.#routes.commands(node, families),
        ],
      },
    ];
  }

  pod(pod: Pod): readonly Program[] {
    return podPrograms(pod, {
      mtuBytes: this.overlay.podMtuBytes,
      rpFilter: this.#options.rpFilter,
    });
  }

  /** Felix's sets and chains. They name the pods' interfaces, and go on top of what kube-proxy has written. */
  afterPods(node: Node, pods: readonly Pod[]): readonly Program[] {
    const config = this.#renderConfig(node);
    const { policies, members } = this.#policyState();
    return [
      {
        namespace: namespaceOf.node(node.name),
        commands: this.#plan.families.flatMap((family) => [
          ...staticIpsetCommands(node, family, this.#plan, this.#routes),
          ...policyIpsetCommands(pods, family, policies, members),
          ...felixTables(
            family,
            {
              filter: nodeChains(pods, policies, family, config),
              natOutgoing: natOutgoingChain(this.#masquerades(family), family, config),
            },
            config,
          ),
        ]),
      },
    ];
  }

  #masquerades(family: IpFamily): boolean {
    return this.#plan.pools.some((pool) => pool.natOutgoing && isOfFamily(family)(pool));
  }

  #renderConfig(node: Node): RenderConfig {
    const { families } = this.#plan;
    const { endpointToHost, filterAllow, mangleAllow, filterDeny, vxlanPort } = this.#options;
    return {
      ...FELIX_DEFAULTS,
      endpointToHost,
      filterAllow,
      mangleAllow,
      filterDeny,
      vxlanPort,
      natOutgoingSparesHosts: this.#options.natOutgoingSparesHosts,
      vxlanFamilies: families,
      tunnelAddressFamilies: families.filter(
        (family) => this.#routes.tunnelOf(node, family) !== undefined,
      ),
    };
  }

  /** Made when the first node asks: nothing else needs it. */
  #policyState(): { policies: ActivePolicies; members: IpsetMembers } {
    if (this.#policy === undefined) {
      const endpoints = new EndpointIndex(this.cluster);
      this.#policy = {
        policies: new ActivePolicies(this.cluster, endpoints),
        members: new IpsetMembers(endpoints, this.cluster),
      };
    }
    return this.#policy;
  }
}
