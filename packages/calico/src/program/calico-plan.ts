import type { Cluster, Node } from '@podpath/cluster';
import { familyOf, type Ip, type IpFamily } from '@podpath/net';
import { type AddressPlan, planAddresses } from '../ipam/address-plan.ts';
import { defaultPools } from '../ipam/default-pools.ts';
import type { IpPool } from '../ipam/ip-pool.ts';
import { readdressCluster } from '../ipam/readdress-cluster.ts';
import { poolsForStrays } from '../ipam/stray-pools.ts';
import type { CalicoOptions } from '../options.ts';

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
    notes: [...addresses.notes, ...strayNotes(strays), ...lonelyNotes(input, families)],
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
