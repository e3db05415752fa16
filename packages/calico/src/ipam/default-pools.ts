import type { Cluster } from '@podpath/cluster';
import { familyOf, type IpFamily, type Prefix, parsePrefix, prefixCovers } from '@podpath/net';
import { bitsOf, DEFAULT_BLOCK_SIZE, type IpPool, type VxlanMode } from './ip-pool.ts';

/** calico-node masquerades what IPv4 pods send out of the cluster, and leaves IPv6 as it is. */
export const DEFAULT_NAT_OUTGOING: Readonly<Record<IpFamily, boolean>> = { 4: true, 6: false };

/** Calico's own default first, then what it would fall back to when that is in use. */
const CANDIDATES: Readonly<Record<IpFamily, readonly Prefix[]>> = {
  4: [
    '192.168.0.0/16',
    ...Array.from({ length: 16 }, (_, i) => `172.${16 + i}.0.0/16`),
    ...Array.from({ length: 256 }, (_, i) => `10.${i}.0.0/16`),
  ].map(parsePrefix),
  6: Array.from({ length: 256 }, (_, i) => parsePrefix(`fd00:${i.toString(16)}::/48`)),
};

/**
 * The pools that calico-node would make at its first start: one a family, over the cluster's own pod
 * network. A family that pods have without a network gets the first private range that nothing uses.
 */
export const defaultPools = (cluster: Cluster, vxlanMode: VxlanMode): readonly IpPool[] => {
  const inUse = lazily(() => prefixesInUse(cluster));
  return ([4, 6] as const).flatMap((family) => {
    const ofFamily = (prefix: Prefix) => familyOf(prefix.address) === family;
    const cidr =
      cluster.podNetworks.find(ofFamily) ??
      (hasPodsOf(cluster, family)
        ? CANDIDATES[family].find((candidate) => !inUse().some((used) => overlap(candidate, used)))
        : undefined);
    return cidr === undefined ? [] : [defaultPool(cidr, vxlanMode)];
  });
};

const defaultPool = (cidr: Prefix, vxlanMode: VxlanMode): IpPool => {
  const family = familyOf(cidr.address);
  return {
    name: `default-ipv${family}-ippool`,
    cidr,
    blockSize: Math.max(DEFAULT_BLOCK_SIZE[family], cidr.length),
    natOutgoing: DEFAULT_NAT_OUTGOING[family],
    vxlanMode,
  };
};

const hasPodsOf = (cluster: Cluster, family: IpFamily): boolean =>
  [...cluster.pods.values()].some(
    (pod) => !pod.hostNetwork && pod.ips.some((address) => familyOf(address) === family),
  );

const prefixesInUse = (cluster: Cluster): readonly Prefix[] => [
  ...cluster.serviceNetworks,
  ...[...cluster.nodes.values(), ...cluster.pods.values()].flatMap((owner) =>
    ('addresses' in owner ? owner.addresses : owner.ips).map((address) => ({
      address,
      length: bitsOf(familyOf(address)),
    })),
  ),
];

const overlap = (a: Prefix, b: Prefix): boolean => prefixCovers(a, b) || prefixCovers(b, a);

const lazily = <Value>(make: () => Value): (() => Value) => {
  let made: { readonly value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
};
