import type { Pod } from '@podpath/cluster';
import { type DataPath, namespaceOf, planUnderlay } from '@podpath/cni';
import type { Command, Program } from '@podpath/linux';
import { type Ip, parseIp } from '@podpath/net';
import type { PlacedCommand } from '../kernel/command-batches.ts';
import type { Listener } from '../kernel/kernel-network.ts';

import type { KernelReport } from './kernel-features.ts';
import { withStandIns } from './stand-ins.ts';

/** A whole cluster as a list of commands, to be carried out twice: in an emulated network and in real namespaces. */
export interface ClusterPlan {
  readonly namespaces: readonly string[];
  readonly listeners: readonly Listener[];
  /** As the underlay and the plugin give them, but for what this kernel lacks and something stands in for. */
  readonly commands: readonly PlacedCommand[];
  /** Addresses beyond the cluster, one for each family that the nodes have. */
  readonly outside: readonly Ip[];
}

/** Of the networks for documentation (RFC 5737, RFC 3849): no cluster has them. */
const OUTSIDE = [parseIp('203.0.113.10'), parseIp('2001:db8:ffff::10')];
/** What listens outside: the port of HTTPS, and that of DNS. */
export const OUTSIDE_PORTS = { tcp: 443, udp: 53 } as const;
/** The one TCP port that every node has open. */
export const KUBELET_PORT = 10250;

/** Everything of a data path's cluster, every node and pod, which should be few. */
export function planCluster(path: DataPath, kernel: KernelReport): ClusterPlan {
  const { cluster } = path;
  const underlay = planUnderlay(cluster);
  const outside = OUTSIDE.filter(
    (address) => underlay.gateway(typeof address === 'number' ? 4 : 6) !== undefined,
  );
  const programs: readonly Program[] = [
    ...underlay.base,
    ...outside.map((address) => underlay.outsideAddress(address)),
    ...[...cluster.nodes.keys()].flatMap((node) => path.program(node)),
  ];
  const pods = [...cluster.pods.values()].filter(hasNamespace);
  const namespaces = [
    namespaceOf.underlay,
    namespaceOf.outside,
    ...[...cluster.nodes.keys()].map(namespaceOf.node),
    ...pods.map(namespaceOf.pod),
  ];
  const commands: (readonly [namespace: string, command: Command])[] = [
    ...namespaces.map((namespace) => [namespace, LOOPBACK_UP] as const),
    [namespaceOf.underlay, MUTE_SWITCH],
    ...programs.flatMap(({ namespace, commands: own }) =>
      own.map((command) => [namespace, command] as const),
    ),
  ];
  return {
    namespaces,
    listeners: listenersOf(path),
    commands: commands.map(([namespace, command], index) => ({
      index,
      namespace,
      command: withStandIns(command, kernel),
    })),
    outside,
  };
}

const LOOPBACK_UP: Command = { kind: 'link-set', dev: 'lo', up: true };

/** A switch has no addresses, and none that it would have drawn a MAC address for. */
const MUTE_SWITCH: Command = {
  kind: 'sysctl',
  key: 'net.ipv6.conf.all.disable_ipv6',
  value: 1,
};

/** Pods of a node's network live in its namespace, and those that have ended have none. */
const hasNamespace = (pod: Pod): boolean => !pod.hostNetwork && pod.ips.length > 0;

function listenersOf({ cluster }: DataPath): readonly Listener[] {
  const { tcp, udp } = OUTSIDE_PORTS;
  return [
    { namespace: namespaceOf.outside, protocol: 'tcp', port: tcp },
    { namespace: namespaceOf.outside, protocol: 'udp', port: udp },
    ...[...cluster.nodes.keys()].map(
      (node): Listener => ({
        namespace: namespaceOf.node(node),
        protocol: 'tcp',
        port: KUBELET_PORT,
      }),
    ),
    ...[...cluster.pods.values()].flatMap((pod) => {
      if (pod.ips.length === 0) return [];
      const namespace = pod.hostNetwork ? namespaceOf.node(pod.node) : namespaceOf.pod(pod);
      return pod.ports.flatMap(({ protocol, port }): Listener[] =>
        protocol === 'SCTP'
          ? []
          : [{ namespace, protocol: protocol === 'TCP' ? 'tcp' : 'udp', port }],
      );
    }),
  ];
}
