import type { Cluster, Node } from '@podpath/cluster';
import type { Command, Program } from '@podpath/linux';
import {
  addToIp,
  familyOf,
  type Ip,
  type IpFamily,
  type Prefix,
  prefixContains,
  prefixCovers,
  prefixOf,
} from '@podpath/net';
import { namespaceOf } from './node-programmer.ts';

/**
 * The network that joins the nodes: a switch, and a router on it towards the rest of the world.
 * Made for emulated and for real namespaces alike, so it is programs only.
 */
export interface Underlay {
  /** The switch and the outside router; the router is its first port. */
  readonly base: readonly Program[];
  /** Joins a node: its namespace must exist. `eth0` gets the node's addresses and a default route. */
  join(node: Node): readonly Program[];
  /** Makes an address exist outside, answering for it. */
  outsideAddress(address: Ip): Program;
  /** Sends what the outside has for a pod's address to a node, as a router with a route there would. */
  outsideRoute(address: Ip, via: Ip): Program;
  /** Router address per family. */
  gateway(family: IpFamily): Ip | undefined;
  /** Whether an address lies on the nodes' own network. */
  contains(address: Ip): boolean;
}

const SWITCH = 'switch0';
const WIDEST_SHARED = { 4: 8, 6: 32 } as const;
const USUAL_LENGTH = { 4: 24, 6: 64 } as const;

interface FamilyPlan {
  readonly family: IpFamily;
  readonly gateway: Ip;
  /** Absent: the nodes share no usable prefix, so each is alone on its link and routes through the router. */
  readonly network: Prefix | undefined;
  readonly length: number;
}

/** Plans the underlay for the cluster's node addresses. Throws nothing: any set of addresses can be joined. */
export function planUnderlay(cluster: Cluster): Underlay {
  const nodes = [...cluster.nodes.values()];
  const indexOf = new Map(nodes.map((node, index) => [node.name, index]));
  const reserved = [...cluster.podNetworks, ...cluster.serviceNetworks];
  const plans: FamilyPlan[] = [];
  for (const family of [4, 6] as const) {
    const addresses = nodes.flatMap((node) => node.addresses.filter((a) => familyOf(a) === family));
    if (addresses.length > 0) plans.push(planFamily(family, addresses, reserved));
  }
  const planOf = (family: IpFamily): FamilyPlan | undefined =>
    plans.find((plan) => plan.family === family);

  return {
    base: [switchProgram(), outsideProgram(plans, nodes)],
    join: (node) => joinPrograms(node, `port${indexOf.get(node.name) ?? 0}`, planOf),
    outsideAddress: (address) => ({
      namespace: namespaceOf.outside,
      commands: [{ kind: 'address-add', dev: 'lo', address: hostPrefix(address) }],
    }),
    outsideRoute: (address, via) => ({
      namespace: namespaceOf.outside,
      commands: [{ kind: 'route-replace', route: { dst: hostPrefix(address), via, dev: 'eth0' } }],
    }),
    gateway: (family) => planOf(family)?.gateway,
    contains: (address) => {
      const network = planOf(familyOf(address))?.network;
      return network !== undefined && prefixContains(network, address);
    },
  };
}

const bitsOf = (family: IpFamily): number => (family === 4 ? 32 : 128);
const hostPrefix = (address: Ip): Prefix => ({ address, length: bitsOf(familyOf(address)) });

function planFamily(
  family: IpFamily,
  addresses: readonly Ip[],
  reserved: readonly Prefix[],
): FamilyPlan {
  const network = sharedNetwork(family, addresses);
  const clashes =
    network === undefined ||
    reserved.some((other) => prefixCovers(network, other) || prefixCovers(other, network));
  if (network === undefined || clashes) {
    return {
      family,
      gateway: freeAddress(
        { address: family === 4 ? LINK_LOCAL_V4 : LINK_LOCAL_V6, length: 16 },
        [],
      ),
      network: undefined,
      length: bitsOf(family),
    };
  }
  return { family, gateway: freeAddress(network, addresses), network, length: network.length };
}

const LINK_LOCAL_V4 = 0xa9fe_0000;
const LINK_LOCAL_V6 = 0xfe80n << 112n;

/** The longest prefix of at most the usual length that holds every address. */
function sharedNetwork(family: IpFamily, addresses: readonly Ip[]): Prefix | undefined {
  for (let length: number = USUAL_LENGTH[family]; length >= WIDEST_SHARED[family]; length--) {
    const [first] = addresses;
    if (first === undefined) return undefined;
    const candidate = prefixOf(first, length);
    if (addresses.every((address) => prefixContains(candidate, address))) return candidate;
  }
  return undefined;
}

/** The first address after the network's own that no node has. */
function freeAddress(network: Prefix, taken: readonly Ip[]): Ip {
  const used = new Set<Ip>(taken);
  for (let offset = 1; ; offset++) {
    const candidate = addToIp(network.address, offset);
    if (!used.has(candidate)) return candidate;
  }
}

const switchProgram = (): Program => ({
  namespace: namespaceOf.underlay,
  commands: [
    // The switch forwards frames; the host it runs on has no say in what they carry.
    { kind: 'sysctl', key: 'net.bridge.bridge-nf-call-iptables', value: 0 },
    { kind: 'sysctl', key: 'net.bridge.bridge-nf-call-ip6tables', value: 0 },
    { kind: 'link-add', type: 'bridge', name: SWITCH },
    { kind: 'link-set', dev: SWITCH, up: true },
    {
      kind: 'link-add',
      type: 'veth',
      name: 'outside',
      peer: { name: 'eth0', namespace: namespaceOf.outside },
    },
    { kind: 'link-set', dev: 'outside', master: SWITCH, up: true },
  ],
});

const outsideProgram = (plans: readonly FamilyPlan[], nodes: readonly Node[]): Program => ({
  namespace: namespaceOf.outside,
  commands: [
    { kind: 'link-set', dev: 'eth0', up: true },
    ...plans.flatMap((plan): Command[] => [
      { kind: 'address-add', dev: 'eth0', address: { address: plan.gateway, length: plan.length } },
      // Without a shared network the router is the way from node to node, so it knows them all.
      ...(plan.network === undefined ? nodeRoutes(plan.family, nodes) : []),
    ]),
    { kind: 'sysctl', key: 'net.ipv4.ip_forward', value: 1 },
    { kind: 'sysctl', key: 'net.ipv6.conf.all.forwarding', value: 1 },
  ],
});

const nodeRoutes = (family: IpFamily, nodes: readonly Node[]): readonly Command[] =>
  nodes
    .flatMap((node) => node.addresses.filter((address) => familyOf(address) === family))
    .map((address) => ({
      kind: 'route-add',
      route: { dst: hostPrefix(address), dev: 'eth0', scope: 'link' },
    }));

function joinPrograms(
  node: Node,
  port: string,
  planOf: (family: IpFamily) => FamilyPlan | undefined,
): readonly Program[] {
  const commands: Command[] = [{ kind: 'link-set', dev: 'eth0', up: true }];
  for (const address of node.addresses) {
    const plan = planOf(familyOf(address));
    if (plan === undefined) continue;
    commands.push({ kind: 'address-add', dev: 'eth0', address: { address, length: plan.length } });
    if (plan.network === undefined) {
      commands.push({
        kind: 'route-add',
        route: { dst: hostPrefix(plan.gateway), dev: 'eth0', scope: 'link' },
      });
    }
    commands.push({
      kind: 'route-add',
      route: {
        dst: { address: plan.family === 4 ? 0 : 0n, length: 0 },
        via: plan.gateway,
        dev: 'eth0',
      },
    });
  }
  return [
    {
      namespace: namespaceOf.underlay,
      commands: [
        {
          kind: 'link-add',
          type: 'veth',
          name: port,
          peer: { name: 'eth0', namespace: namespaceOf.node(node.name) },
        },
        { kind: 'link-set', dev: port, master: SWITCH, up: true },
      ],
    },
    { namespace: namespaceOf.node(node.name), commands },
  ];
}
