import type { Cluster, Node } from '@podpath/cluster';
import type { Command, IptablesCommand, SysctlSet } from '@podpath/linux';
import { familyOf, type IpFamily } from '@podpath/net';
import { writeExternalChain, writeFirewallChain, writeInternalMasquerade } from './chain-rules.ts';
import { writeEndpoints } from './endpoint-rules.ts';
import { writeEntries } from './entry-rules.ts';
import {
  writeForwardRules,
  writeLocalnetFirewall,
  writeMasqueradeRules,
  writeNodePortEntry,
} from './fixed-rules.ts';
import { jumpCommands } from './jumps.ts';
import type { KubeProxyOptions } from './kube-proxy-options.ts';
import { localDetector } from './local-detector.ts';
import { isSameEverywhere, type PortContext, planPort } from './port-plan.ts';
import { type ProxiedPort, proxiedPorts } from './proxied-port.ts';
import { MARK_MASQ_CHAIN, TableWriter } from './rules.ts';

/**
 * What kube-proxy in iptables mode programs on a node, in the order in which it does: sysctls, then for each
 * family of the cluster the jumps from built-in chains, the filter table, and the nat table (all
 * chains before all rules). IPv4 comes first.
 *
 * What every node shares is made once for a cluster and an options object, so pass the same object for
 * all nodes. Source: kubernetes pkg/proxy/iptables/proxier.go of 1.33. Not made: the nfacct
 * counters, which depend on a kernel module, and `nf_conntrack_max`, which depends on the processors.
 */
export function kubeProxyCommands(
  cluster: Cluster,
  node: Node,
  options: KubeProxyOptions,
): readonly Command[] {
  const shared = sharedFor(cluster, options);
  if (shared.whole !== undefined) return shared.whole;
  const commands = [
    ...sysctls(options),
    ...shared.families.flatMap((family) => familyCommands(family, node, options)),
  ];
  if (shared.sameEverywhere) shared.whole = commands;
  return commands;
}

interface SharedFamily {
  readonly family: IpFamily;
  readonly ports: readonly ProxiedPort[];
  readonly endpointComments: boolean;
  /** Rules of the ports that every node writes alike. */
  readonly written: Map<ProxiedPort, PortCommands>;
}

interface Shared {
  readonly families: readonly SharedFamily[];
  readonly sameEverywhere: boolean;
  whole: readonly Command[] | undefined;
}

interface PortCommands {
  readonly filter: readonly IptablesCommand[];
  readonly natChains: readonly IptablesCommand[];
  readonly natRules: readonly IptablesCommand[];
}

const sharedByCluster = new WeakMap<Cluster, WeakMap<KubeProxyOptions, Shared>>();

function sharedFor(cluster: Cluster, options: KubeProxyOptions): Shared {
  const byOptions = sharedByCluster.get(cluster) ?? new WeakMap<KubeProxyOptions, Shared>();
  sharedByCluster.set(cluster, byOptions);
  let shared = byOptions.get(options);
  if (shared === undefined) {
    const families = familiesOf(cluster).map((family) => sharedFamily(cluster, family));
    const sameEverywhere =
      options.localDetector.kind !== 'node-cidr' &&
      options.nodePortAddresses === undefined &&
      families.every(({ ports }) => ports.every(isSameEverywhere));
    shared = { families, sameEverywhere, whole: undefined };
    byOptions.set(options, shared);
  }
  return shared;
}

function sharedFamily(cluster: Cluster, family: IpFamily): SharedFamily {
  const ports = proxiedPorts(cluster, family);
  const endpoints = ports.reduce((sum, port) => sum + port.endpoints.length, 0);
  return {
    family,
    ports,
    endpointComments: endpoints <= LARGE_CLUSTER_ENDPOINTS,
    written: new Map(),
  };
}

const LARGE_CLUSTER_ENDPOINTS = 1000;

function familiesOf(cluster: Cluster): readonly IpFamily[] {
  const present = new Set<IpFamily>();
  for (const { address } of [...cluster.podNetworks, ...cluster.serviceNetworks]) {
    present.add(familyOf(address));
  }
  for (const node of cluster.nodes.values()) {
    for (const address of node.addresses) present.add(familyOf(address));
  }
  return ([4, 6] as const).filter((family) => present.has(family));
}

/** Of kube-proxy's own configuration, for which it does not keep to the kernel's defaults. */
const sysctls = ({ localhostNodePorts = true }: KubeProxyOptions): readonly SysctlSet[] => [
  { kind: 'sysctl', key: 'net.netfilter.nf_conntrack_tcp_timeout_established', value: 86_400 },
  { kind: 'sysctl', key: 'net.netfilter.nf_conntrack_tcp_timeout_close_wait', value: 3600 },
  ...(localhostNodePorts
    ? [{ kind: 'sysctl', key: 'net.ipv4.conf.all.route_localnet', value: 1 } as const]
    : []),
];

function familyCommands(
  shared: SharedFamily,
  node: Node,
  options: KubeProxyOptions,
): readonly Command[] {
  const { family } = shared;
  const context: PortContext = {
    family,
    node: {
      name: node.name,
      zone: node.labels['topology.kubernetes.io/zone'],
      address: node.addresses.find((address) => familyOf(address) === family),
    },
    detector: localDetector(options, node, family),
    masqueradeAll: options.masqueradeAll,
    endpointComments: shared.endpointComments,
  };
  const shareable = options.localDetector.kind !== 'node-cidr';
  const ports = shared.ports.map((port) =>
    shareable && isSameEverywhere(port)
      ? writtenOnce(shared.written, port, context)
      : portCommands(port, context),
  );

  const filter = new TableWriter(family, 'filter');
  const filterEnd = new TableWriter(family, 'filter');
  const nat = new TableWriter(family, 'nat');
  const natEnd = new TableWriter(family, 'nat');
  nat.chain('KUBE-NODEPORTS');
  nat.chain(MARK_MASQ_CHAIN);
  writeMasqueradeRules(nat, options);
  if (family === 4 && (options.localhostNodePorts ?? true)) writeLocalnetFirewall(filter);
  writeNodePortEntry(natEnd, node, family, options);
  writeForwardRules(filterEnd);

  return [
    ...jumpCommands(family),
    ...filter.rules,
    ...ports.flatMap((port) => port.filter),
    ...filterEnd.rules,
    ...nat.chains,
    ...ports.flatMap((port) => port.natChains),
    ...nat.rules,
    ...ports.flatMap((port) => port.natRules),
    ...natEnd.rules,
  ];
}

function writtenOnce(
  written: Map<ProxiedPort, PortCommands>,
  port: ProxiedPort,
  context: PortContext,
): PortCommands {
  let commands = written.get(port);
  if (commands === undefined) {
    commands = portCommands(port, context);
    written.set(port, commands);
  }
  return commands;
}

function portCommands(port: ProxiedPort, context: PortContext): PortCommands {
  const filter = new TableWriter(context.family, 'filter');
  const nat = new TableWriter(context.family, 'nat');
  const plan = planPort(port, context.node);
  writeEntries(plan, context.family, filter, nat);
  writeInternalMasquerade(plan, context, nat);
  writeExternalChain(plan, context, nat);
  writeFirewallChain(plan, context, nat);
  writeEndpoints(plan, context, nat);
  return { filter: filter.rules, natChains: nat.chains, natRules: nat.rules };
}
