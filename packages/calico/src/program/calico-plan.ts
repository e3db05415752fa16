import type { Cluster, Node } from '@podpath/cluster';
import { familyOf, formatPrefix, type Ip, type IpFamily, prefixContains } from '@podpath/net';
import { type AddressPlan, planAddresses } from '../ipam/address-plan.ts';
import { defaultPools } from '../ipam/default-pools.ts';
import type { IpPool } from '../ipam/ip-pool.ts';
import { readdressCluster } from '../ipam/readdress-cluster.ts';
import { poolsForStrays } from '../ipam/stray-pools.ts';
import type { CalicoOptions } from '../options.ts';
import { policyNotes } from './policy-notes.ts';

/** A whole cluster as Calico has it: pools, and who has which addresses. */
export interface CalicoPlan {
  /** With the addresses that Calico's IPAM gave, and the pools as its pod networks. */
  readonly cluster: Cluster;
  readonly pools: readonly IpPool[];
  readonly addresses: AddressPlan;
  /** Families that pods have, IPv4 first. */
  readonly families: readonly IpFamily[];
  readonly notes: readonly string[];
}

export const planCalico = (input: Cluster, options: CalicoOptions): CalicoPlan => {
  const configured = options.ipPools ?? defaultPools(input, options.vxlanMode);
  const strays = poolsForStrays(input, configured, options.vxlanMode);
  const addresses = planAddresses(input, configured, strays);
  const pools = [...configured, ...strays];
  const families = ([4, 6] as const).filter((family) => pools.some(isOfFamily(family)));
  const podNetworks = families.flatMap((family) => {
    const first = configured.find(isOfFamily(family)) ?? strays.find(isOfFamily(family));
    return first === undefined ? [] : [first.cidr];
  });
  return {
    cluster: readdressCluster({ ...input, podNetworks }, addresses.podAddresses),
    pools,
    addresses,
    families,
    notes: [
      ...addresses.notes,
      ...strayNotes(strays),
      ...overlapNotes(input, configured),
      ...lonelyNotes(input, families),
      ...tunnellessNotes(families, configured),
      ...hostPortNotes(input),
      ...policyNotes(input),
    ],
  };
};

/** A node's address of a family, which its tunnel of that family ends at. */
export const nodeAddress = (node: Node, family: IpFamily): Ip | undefined =>
  node.addresses.find((address) => familyOf(address) === family);

export const isOfFamily =
  (family: IpFamily) =>
  ({ cidr }: IpPool): boolean =>
    familyOf(cidr.address) === family;

const strayNotes = (strays: readonly IpPool[]): readonly string[] =>
  strays.length === 0
    ? []
    : [
        `pods in the input have addresses outside Calico's pools: ${strays.length === 1 ? 'a pool was' : `${strays.length} pools were`} added around them`,
      ];

/** A block around a node's address takes what is meant for the node. calico-node refuses no such pool. */
const overlapNotes = (cluster: Cluster, pools: readonly IpPool[]): readonly string[] =>
  pools.flatMap((pool) => {
    const inside = [...cluster.nodes.values()].find((node) =>
      node.addresses.some((address) => prefixContains(pool.cidr, address)),
    );
    return inside === undefined
      ? []
      : [
          `pool ${pool.name} (${formatPrefix(pool.cidr)}) contains the address of node ${inside.name}: a block of pods around it takes what is meant for the node`,
        ];
  });

/** VXLAN of a family runs between node addresses of that family. */
const lonelyNotes = (cluster: Cluster, families: readonly IpFamily[]): readonly string[] =>
  families.flatMap((family) => {
    const lonely = [...cluster.nodes.values()].filter(
      (node) => nodeAddress(node, family) === undefined,
    );
    const [first] = lonely;
    return first === undefined
      ? []
      : [
          `${lonely.length} of ${cluster.nodes.size} nodes have no IPv${family} address, ${first.name} for one: their pods reach no IPv${family} pod on another node`,
        ];
  });

/** Tunnel addresses come from pools, and pools around addresses of the input have none to give. */
const tunnellessNotes = (
  families: readonly IpFamily[],
  pools: readonly IpPool[],
): readonly string[] =>
  families
    .filter((family) => !pools.some(isOfFamily(family)))
    .map(
      (family) =>
        `no pool has IPv${family} addresses to give: nodes have no IPv${family} tunnel to each other's pods`,
    );

/** Host ports are the business of the portmap plugin, which is chained behind Calico's. */
const hostPortNotes = (cluster: Cluster): readonly string[] => {
  const asking = [...cluster.pods.values()].find(
    (pod) => !pod.hostNetwork && pod.ports.some((port) => port.hostPort !== undefined),
  );
  return asking === undefined
    ? []
    : [
        `host ports are not emulated: no node answers for those of ${asking.namespace}/${asking.name}, nor of any other pod`,
      ];
};
