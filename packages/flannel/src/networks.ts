import type { Cluster } from '@podpath/cluster';
import { OptionsError } from '@podpath/cni';
import { familyOf, type IpFamily, type Prefix, parsePrefix } from '@podpath/net';
import type { FlannelOptions } from './options.ts';

/** Of the shipped manifest. */
const USUAL_NETWORK = parsePrefix('10.244.0.0/16');

/**
 * The pod network of each enabled family, the cluster's primary family first. A family is enabled by its option; without one, when
 * its network is an option or the cluster has a pod network of it. Throws `OptionsError` for a family without a network.
 */
export function networksOf(cluster: Cluster, options: FlannelOptions): readonly Prefix[] {
  const ofCluster = (family: IpFamily) =>
    cluster.podNetworks.find(({ address }) => familyOf(address) === family);
  const ipv4 = options.network ?? ofCluster(4);
  const ipv6 = options.ipv6Network ?? ofCluster(6);
  const networks: Prefix[] = [];
  if (options.enableIpv4 ?? (ipv4 !== undefined || ipv6 === undefined)) {
    networks.push(ipv4 ?? USUAL_NETWORK);
  }
  if (options.enableIpv6 ?? ipv6 !== undefined) {
    if (ipv6 === undefined) {
      throw new OptionsError(
        'flannel',
        'IPv6Network',
        'is not set, and the cluster has no IPv6 pod network',
        'an IPv6 network such as fd00:10:244::/56',
      );
    }
    networks.push(ipv6);
  }
  const [primary] = cluster.podNetworks;
  return primary !== undefined && familyOf(primary.address) === 6 ? networks.reverse() : networks;
}
